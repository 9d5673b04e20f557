/** `@nacre/core/crypto`: the provider interface, and what authors of providers need. */
export * from './provider.js';
export { rsaFromJsonWebKey, rsaPrivateJsonWebKey, rsaPublicJsonWebKey } from './rsa-json-web-key.js';
export { isUncompressedPoint } from './uncompressed-point.js';
