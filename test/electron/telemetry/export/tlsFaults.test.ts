import { describe, expect, it } from 'vitest';
import { tlsFault } from '../../../../electron/telemetry/export/tlsFaults.ts';

describe('a TLS fault', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'certificate has expired', /renewed/],
    ['CERT_NOT_YET_VALID', 'certificate is not yet valid', /clock/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', /tls\.ca/],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', /tls\.ca/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate', /tls\.ca/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable to get local issuer certificate', /tls\.ca/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames: x", /address/],
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'C0:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../rec.c:1605:',
      /tls\.cert/,
    ],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'error:SSL routines:tlsv1 alert unknown ca:x.c', /tls\.cert/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'error:SSL routines::wrong version number:x.c', /http:\/\//],
  ])('is told by its code %s as well as by its words, with what to do', (code, message, hint) => {
    for (const error of [{ code, message }, { code, message: 'x' }, { message: `Last error: ${message}.` }]) {
      expect(tlsFault(error)).toMatch(hint);
    }
    // What a library says of its own files is of no use to anybody.
    expect(tlsFault({ message })).not.toMatch(/\.c\b/);
  });

  it('is none where the endpoint is away or breaks off', () => {
    for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPROTO', undefined]) {
      expect(tlsFault({ code, message: `connect ${code} 127.0.0.1:4318` })).toBeNull();
    }
  });
});
