/** The launcher itself: what it starts is gone when a test is, even if the process that started it is killed and cleans up nothing. */
import { onTestFinished, test } from 'vitest';
import { isMissing, start, tied } from './processes.js';

test.skipIf(isMissing('setpriv'))('SIGKILL of a process ends what it has started', async () => {
  const words = JSON.stringify(tied('sh', ['-c', 'echo started; exec sleep 600']));
  const script = `require('node:child_process').spawn(...${words}, { stdio: 'inherit' })`;
  const parent = start(onTestFinished, process.execPath, ['-e', script]);
  await parent.printed(/started/);
  parent.child.kill('SIGKILL');
  // Its output ends when both have closed it.
  await parent.finished;
});
