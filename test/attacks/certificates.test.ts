/** Group H: user certificates against our server; C02: host certificates against our client. */
import { accept } from '@nacre/core';
import { certificates } from '@nacre/core/certificates';
import { expect, test } from 'vitest';
import { checkCases } from './case.js';
import { hostCertificateCases, legalHostCertificate } from './cases/host-certificates.js';
import { legalUserCertificate, userCertificateCases } from './cases/user-certificates.js';
import { checkClientCases } from './client-case.js';
import { certified } from './forged-certificates.js';
import { concat, RawPeer, settle, str, subject } from './raw-peer.js';
import { answer, request, signed } from './user-keys.js';

test('H without what judges certificates none is taken, whatever hooks and rows say', async () => {
  const rows = [{ signatures: certificates.signatures }];
  for (const judge of [undefined, certificates]) {
    const under = await subject({
      ...(judge && { certificates: judge }),
      algorithms: { rows, signatures: '+*-cert-v01@openssh.com' },
      hooks: { authorizedKeys: () => accept },
    });
    const peer = await new RawPeer(under.server).requestService();
    const key = await certified();
    const payload = concat(request(true, key), str(await signed(peer.transport.sessionId!, key)));
    expect((await answer(peer, payload))[0]).toBe(judge === undefined ? 51 : 52);
    peer.close();
    await settle();
  }
});

checkCases('H: certificates of users', [legalUserCertificate, ...userCertificateCases]);
checkClientCases('N: certificates of hosts', [legalHostCertificate, ...hostCertificateCases]);
