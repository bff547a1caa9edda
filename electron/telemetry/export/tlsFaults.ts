/**
 * What is wrong with a TLS connection that will be wrong the next time as well: not the endpoint is away, but
 * certificates or addresses have to be put right. By OpenSSL's codes (Node's `error.code`), and by its words where a
 * library hands on no more than those.
 */

const RENEW = 'it has to be renewed there, or the clock of this machine is wrong';
const TRUST = 'name the PEM file of its authority (tls.ca), if it is to be trusted';
const SHOW = 'it wants a certificate of this client (tls.cert and tls.key) that it knows';

type Fault = { readonly code: RegExp; readonly words: RegExp; readonly hint: string };
const FAULTS: readonly Fault[] = [
  {
    code: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    words: /certificate has expired|certificate is not yet valid/i,
    hint: RENEW,
  },
  {
    code: /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)|CERT_(UNTRUSTED|REJECTED|CHAIN_TOO_LONG|SIGNATURE_FAILURE|REVOKED)|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED)$/,
    words:
      /self[- ]signed certificate|unable to (verify the first|get (local )?issuer) certificate|certificate (not trusted|rejected|revoked|signature failure)/i,
    hint: TRUST,
  },
  {
    code: /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
    words: /does not match certificate's altnames|hostname mismatch/i,
    hint: 'the address has to name the server as its certificate does',
  },
  {
    code: /^ERR_SSL_\w*ALERT_(CERTIFICATE_(REQUIRED|EXPIRED|REVOKED|UNKNOWN)|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)$/,
    words:
      /alert (certificate (required|expired|revoked|unknown)|bad certificate|unsupported certificate|unknown ca|access denied)/i,
    hint: SHOW,
  },
  {
    code: /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/,
    words: /wrong version number|packet length too long/i,
    hint: 'no TLS is spoken at this address: http:// instead of https://',
  },
];

/** A sentence with what to do; `null` where it is no such fault. */
export function tlsFault({
  code = '',
  message,
}: {
  readonly code?: string | undefined;
  readonly message: string;
}): string | null {
  const fault = FAULTS.find((one) => one.code.test(code) || one.words.test(message));
  if (fault === undefined) return null;
  // OpenSSL's lines name its source files between colons: the last part but those is the reason.
  const said = fault.words.exec(message)?.[0] ?? code;
  return `The TLS connection is refused (${said}): ${fault.hint}. Until then everything waits.`;
}
