/** In the place of `node:zlib`, which no browser has: just-bash's gzip commands say so when they are called. */
function unavailable(): never {
  throw new Error('compression is not available in a browser');
}

export const constants: Readonly<Record<string, number>> = {};
export const gunzipSync = unavailable;
export const gzipSync = unavailable;
