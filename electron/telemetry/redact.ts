/**
 * Keeps secrets out of whatever is recorded. Patterns catch keys by their usual looks; secrets that the program
 * itself was given (the API key from the settings) are named by `protect` and then found in any form of text.
 */
export const REDACTED = '[redacted]';

const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Authorization: Bearer xyz, "authorization":"Basic xyz", x-api-key: xyz, api_key=xyz, ?key=xyz
  [
    /((?:proxy-)?authorization|(?:x-)?api[-_ ]?key|access[-_]?token|auth[-_]?token|client[-_]?secret|password|set-cookie|cookie)(["']?\s*[:=]\s*["']?)(?:(?:bearer|basic|token)\s+)?[^\s"',;&}]+/gi,
    `$1$2${REDACTED}`,
  ],
  [/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/([?&](?:key|token|sig|signature|secret)=)[^&\s"']+/gi, `$1${REDACTED}`],
  // user:password@ in a URL
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]*@/gi, `$1${REDACTED}@`],
  // Well-known shapes of keys: OpenAI and relatives, Google, GitHub, AWS, Slack, Hugging Face, JSON web tokens
  [/\b(?:sk|pk|rk|gsk|xai|or)-[A-Za-z0-9_-]{12,}/g, REDACTED],
  [/\bAIza[0-9A-Za-z_-]{30,}/g, REDACTED],
  [/\b(?:gh[pousr]_|github_pat_|hf_|glpat-|xox[abprs]-)[0-9A-Za-z_-]{10,}/g, REDACTED],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, REDACTED],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, REDACTED],
];
/** Finds something wherever one of the patterns does: one look instead of nine at what holds no secret. */
const ANY = new RegExp(PATTERNS.map(([pattern]) => pattern.source).join('|'), 'i');
/** Nothing shorter can carry a secret that the patterns would find. */
const SHORTEST = 9;
/** Ids and hashes, which most strings of a run are: no pattern finds anything in them. */
const ID = /^[0-9a-f-]*$/;

const SECRET_KEY =
  /(?:^|[._-])(?:authorization|api[-_]?key|apikey|secret|password|passwd|cookie|access[-_]?token|auth[-_]?token)$/i;

export type Redactor = {
  /** The text with everything that looks like a secret replaced. */
  text(text: string): string;
  /** Whether an attribute of this name is a secret whatever it holds. */
  isSecretKey(key: string): boolean;
  /** From now on this very text is a secret too. Shorter than 6 characters is ignored: it would eat words. */
  protect(secret: string): void;
};

export function createRedactor(): Redactor {
  const secrets: string[] = [];
  return {
    text(text) {
      if (text.length < 6) return text;
      for (const secret of secrets) if (text.includes(secret)) text = text.replaceAll(secret, REDACTED);
      if (text.length < SHORTEST || ID.test(text) || !ANY.test(text)) return text;
      for (const [pattern, replacement] of PATTERNS) text = text.replace(pattern, replacement);
      return text;
    },
    isSecretKey: (key) => SECRET_KEY.test(key),
    protect(secret) {
      // Half of a surrogate pair has no encoded form.
      for (const form of [secret, encodeURIComponent(secret.replace(/\p{Surrogate}/gu, ''))]) {
        if (form.length >= 6 && !secrets.includes(form)) secrets.push(form);
      }
      // The longest first: a secret that holds another must not be left in two halves.
      secrets.sort((a, b) => b.length - a.length);
    },
  };
}
