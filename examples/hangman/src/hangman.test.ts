/** The game, key by key, by a client in memory; the program takes the session itself, as `main.ts` does. */
import { expect, onTestFinished, test } from 'vitest';
import { accept, type RemoteProcess } from '@nacre/core';
import { pair } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { playHangman } from './hangman.js';

/** A player of a game with these words. */
async function sitDown(
  ...words: readonly string[]
): Promise<{ readonly player: RemoteProcess; see(what: string): Promise<string> }> {
  const { server, client } = await pair({
    server: { crypto: nodeCrypto, hooks: { none: () => accept } },
    client: { crypto: nodeCrypto },
  });
  onTestFinished(() => client.close());
  const rest = [...words];
  void (async () => {
    for await (const session of server.sessions()) {
      await playHangman(session, () => rest.shift()!);
      session.exit(0);
    }
  })();
  const player = await client.shell({ pty: { columns: 80, rows: 24 } });
  const text = new TextDecoder();
  let seen = '';
  const see = async (what: string): Promise<string> => {
    while (!seen.includes(what)) seen += text.decode((await player.read()) ?? expect.fail(`no "${what}" in ${seen}`));
    const end = seen.indexOf(what) + what.length;
    const before = seen.slice(0, end);
    seen = seen.slice(end);
    return before;
  };
  return { player, see };
}

test('letters appear where they stand; who has all of them lives, and may have another word', async () => {
  const { player, see } = await sitDown('nonce', 'key');
  await see('_ _ _ _ _');
  await player.write('n');
  await see('n _ n _ _');
  await player.write('OCE');
  await see('n o n c e');
  await see('You live! Another word? [y/n]');
  await player.write('y');
  await see('_ _ _\r\n');
  await player.write('\x03');
  await see('Thanks for playing, test.');
  expect((await player.exited).exitCode).toBe(0);
});

test('six misses hang, and the word is told; what is no letter is no miss', async () => {
  const { player, see } = await sitDown('key');
  await player.write('1 \x1b[A\x1bOBaaab');
  await see('missed: a b\r\n');
  await player.write('cdfg');
  expect(await see('You hang.')).toContain(' / \\  |');
  await player.write('xn');
  expect(await see('Thanks')).toContain('k e y');
});

test('a player who goes in the middle of a word is no longer waited for', async () => {
  const { player, see } = await sitDown('key');
  await see('_ _ _');
  player.end();
  await see('Thanks');
  expect((await player.exited).exitCode).toBe(0);
});
