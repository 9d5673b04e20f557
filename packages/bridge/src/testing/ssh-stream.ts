/** Test support: parses what a refused ssh client is sent (RFC 4253 §4.2, §6 and §11.1). */

export interface Refusal {
  readonly identification: string;
  readonly reason: number;
  readonly description: string;
}

/** @throws Error when a rule of the RFC is broken */
export function parseRefusal(bytes: Buffer): Refusal {
  const lineEnd = bytes.indexOf('\r\n');
  const packet = bytes.subarray(lineEnd + 2);
  const packetLength = packet.readUInt32BE(0);
  const paddingLength = packet.readUInt8(4);
  if (packet.length !== packetLength + 4) throw new Error(`${packet.length} bytes; expected ${packetLength + 4}`);
  if (packet.length % 8 !== 0 || packet.length < 16) throw new Error(`${packet.length} bytes are not aligned to 8`);
  if (paddingLength < 4) throw new Error(`${paddingLength} bytes of padding; expected at least 4`);
  const payload = packet.subarray(5, packet.length - paddingLength);
  if (payload[0] !== 1) throw new Error(`message ${payload[0]}; expected SSH_MSG_DISCONNECT`);
  const descriptionLength = payload.readUInt32BE(5);
  const languageLength = payload.readUInt32BE(9 + descriptionLength);
  if (payload.length !== 13 + descriptionLength + languageLength) throw new Error('bytes are left in the payload');
  return {
    identification: bytes.toString('latin1', 0, lineEnd),
    reason: payload.readUInt32BE(1),
    description: payload.toString('utf8', 9, 9 + descriptionLength),
  };
}
