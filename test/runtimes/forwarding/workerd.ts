/** On workerd, whose own TCP socket hands ssh clients to `connect()`. */
import { connect } from 'cloudflare:sockets';
import { accept, createServer } from '@nacre/core';
import { forwarding } from '@nacre/core/forwarding';
import { worker, workersLimits, workersSockets, type WorkerHandlers } from '@nacre/edge/workers';

const handlers: WorkerHandlers<unknown> = worker(() =>
  createServer({
    limits: workersLimits,
    hooks: { none: () => accept, forward: () => accept },
    forwarding: forwarding({ sockets: workersSockets(connect) }),
  }),
);

export default handlers;
