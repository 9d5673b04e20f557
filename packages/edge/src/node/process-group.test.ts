/** kill(2): which process groups are signalled, and which never. */
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { accept } from '@nacre/core';
import { pair } from '@nacre/core/testing';
import { passSignals, signalGroup } from './process-group.js';

const kill = vi.fn<typeof process.kill>(() => true);

beforeEach(() => {
  kill.mockClear();
  const spy = vi.spyOn(process, 'kill').mockImplementation(kill);
  onTestFinished(() => spy.mockRestore());
});

test.each([undefined, 0, 1, -1])('Security: %o is no group: it would be this process’s own, or everybody', (leader) => {
  signalGroup(leader, 'SIGKILL');
  expect(kill).not.toHaveBeenCalled();
});

test('signalling a group that has ended does nothing', () => {
  kill.mockImplementationOnce(() => {
    throw new Error('ESRCH');
  });
  signalGroup(4022, 'SIGTERM');
  expect(kill).toHaveBeenCalledWith(-4022, 'SIGTERM');
});

test("§6.9: a client's signal goes to the whole group; unknown names are ignored", async () => {
  const { client } = await pair({
    server: {
      hooks: { none: () => accept },
      session: (session) => passSignals(session, 4022, new AbortController().signal),
    },
  });
  const remote = await client.spawn('x');
  remote.kill('USR1');
  remote.kill('NONSENSE@example.com');
  remote.kill('TERM');
  await client.ping();
  expect(kill.mock.calls).toEqual([
    [-4022, 'SIGUSR1'],
    [-4022, 'SIGTERM'],
  ]);
  client.close();
});
