/**
 * Keeps secrets out of whatever is recorded. Patterns catch keys by their usual looks; secrets that the program
 * itself was given (the API key from the settings) are named by `protect` and then found in any form of text.
 */
export const REDACTED = '[redacted]';

/** What is kept of a text: a stack is long, a mistake is longer. */
const MAX_TEXT = 16_384;
/**
 * So much of a text is looked at; it is cut to `MAX_TEXT` afterwards, so that no half of a secret is left where it
 * ends. Whoever shortens a text before it comes here leaves that much.
 */
export const MAX_SEEN_TEXT = 2 * MAX_TEXT;

// No pattern may go on for long from many places of one text: what is recorded can be any text.
const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Authorization: Bearer xyz, "authorization":"Basic xyz", x-api-key: xyz, api_key=xyz, also in JSON within JSON
  [
    /((?:proxy-)?authorization|(?:x-)?api[-_ ]?key|(?:access|api|auth|bearer|csrf|id|refresh|security|session)[-_]?token|client[-_]?secret|(?:access|account|private|secret)[-_]?key|password|passwd|passphrase|pwd)(\\*["']?\s*[:=]\s*\\*["']?)(?:(?:digest|hawk|signature|aws4-hmac-sha256)\s[^\r\n]*|(?:(?:bearer|basic|token|negotiate|ntlm)\s+)?(?:[^\s"',;&}\\]|\\(?!["']))+)/gi,
    `$1$2${REDACTED}`,
  ],
  // Several cookies stand in one line.
  [/((?:set-)?cookie)(\\*["']?\s*[:=]\s*\\*["']?)[^\r\n"']+/gi, `$1$2${REDACTED}`],
  [/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/([?&][\w-]{0,40}(?:key|token|sig|signature|secret|credential)=)[^&\s"']+/gi, `$1${REDACTED}`],
  // A variable: OPENAI_KEY=xyz
  [/([A-Z0-9]_(?:KEY|TOKEN|SECRET)=["']?)[^\s"']+/g, `$1${REDACTED}`],
  // user:password@ in a URL
  [/(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@:]*:[^\s/]*@/gi, `$1${REDACTED}@`],
  [/(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)[^]*?(?:(?=-----END )|$)/g, `$1${REDACTED}`],
  // Well-known shapes of keys: OpenAI and relatives, Stripe, Google, GitHub, AWS, Slack, Hugging Face, JSON web tokens
  [/\b(?:sk|pk|rk|gsk|xai|or)-[A-Za-z0-9_-]{12,}/g, REDACTED],
  [/\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,}/g, REDACTED],
  [/\bAIza[0-9A-Za-z_-]{30,}/g, REDACTED],
  [/\b(?:gh[pousr]_|github_pat_|hf_|glpat-|xox[abprs]-)[0-9A-Za-z_-]{10,}/g, REDACTED],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, REDACTED],
  [/\beyJ[A-Za-z0-9_-]{8,500}\.[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]*/g, REDACTED],
];
/** Finds something wherever one of the patterns does: one look instead of many at what holds no secret. */
const ANY = new RegExp(PATTERNS.map(([pattern]) => pattern.source).join('|'), 'i');
/** Nothing shorter can carry a secret that the patterns would find. */
const SHORTEST = 9;
/** Ids and hashes, which most strings of a run are: no pattern finds anything in them. */
const ID = /^[0-9a-f-]*$/;

const SECRET_KEY =
  /(?:^|[._-])(?:authorization|(?:access|account|api|private|secret)[-_]?key|secret|password|passwd|passphrase|pwd|credentials?|cookie|(?:access|api|auth|bearer|csrf|id|refresh|security|session)[-_.]?token)$|^token$/i;
/** The same where words begin with a capital. */
const SECRET_CAMEL_KEY =
  /[a-z0-9](?:Authorization|(?:Access|Account|Api|Private|Secret)Key|Secret|Password|Passphrase|Credentials?|Cookie|(?:Access|Api|Auth|Bearer|Csrf|Id|Refresh|Security|Session)Token)$/;

export type Redactor = {
  /** The text with everything that looks like a secret replaced, and its end cut off where it is very long. */
  text(text: string): string;
  /** Whether an attribute of this name is a secret whatever it holds. */
  isSecretKey(key: string): boolean;
  /**
   * From now on this very text is a secret too; `false` where it was before. Shorter than 6 characters is
   * ignored: it would eat words.
   */
  protect(secret: string): boolean;
};

export function createRedactor(): Redactor {
  const secrets: string[] = [];
  return {
    text(given) {
      if (given.length < 6) return given;
      let text = given.length > MAX_SEEN_TEXT ? given.slice(0, MAX_SEEN_TEXT) : given;
      for (const secret of secrets) if (text.includes(secret)) text = text.replaceAll(secret, REDACTED);
      if (text.length >= SHORTEST && !ID.test(text) && ANY.test(text)) {
        for (const [pattern, replacement] of PATTERNS) text = text.replace(pattern, replacement);
      }
      return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
    },
    isSecretKey: (key) => SECRET_KEY.test(key) || SECRET_CAMEL_KEY.test(key),
    protect(secret) {
      const before = secrets.length;
      // Half of a surrogate pair has no encoded form.
      for (const form of [secret, encodeURIComponent(secret.replace(/\p{Surrogate}/gu, ''))]) {
        if (form.length >= 6 && !secrets.includes(form)) secrets.push(form);
      }
      // The longest first: a secret that holds another must not be left in two halves.
      secrets.sort((a, b) => b.length - a.length);
      return secrets.length > before;
    },
  };
}
