/** Everything that a provider has to pass. */
import type { Proof } from './proof.js';
import { agreementVectors } from './proofs/agreement-vectors.js';
import { ecdhVectors } from './proofs/ecdh-vectors.js';
import { equalPrimitives } from './proofs/equal-primitives.js';
import { equalProtections, equalPublicKeyRows } from './proofs/equal-rows.js';
import { equalSignatures } from './proofs/equal-signatures.js';
import { keyDerivations } from './proofs/key-derivation.js';
import { knownAnswers } from './proofs/known-answers.js';
import { modularPowers } from './proofs/modular-power.js';
import { signatureVectors } from './proofs/signature-vectors.js';
import { moreSntrup761Answers, sntrup761Answers } from './proofs/sntrup761.js';
import { strictEd25519 } from './proofs/strict-ed25519.js';
import { symmetricVectors } from './proofs/symmetric-vectors.js';

export const proofs: readonly Proof[] = [
  ...knownAnswers,
  ...modularPowers,
  ...keyDerivations,
  ...sntrup761Answers,
  ...moreSntrup761Answers,
  ...symmetricVectors,
  ...agreementVectors,
  ...ecdhVectors,
  ...signatureVectors,
  strictEd25519,
  ...equalPrimitives,
  ...equalSignatures,
  ...equalProtections,
  ...equalPublicKeyRows,
];
