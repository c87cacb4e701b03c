/**
 * Lets any wasm module trap at a call of the test's choice, as a bug or exhausted memory would make it: at a call into the module, or in
 * the middle of its work, where it calls out. Import it before what loads a module.
 */
import assert from 'node:assert/strict';

/** How many more calls into and out of any module go well; `undefined` for all of them. */
let callsLeft;
const Real = WebAssembly.Instance;
WebAssembly.Instance = function Instance(module, imports) {
  const { exports } = new Real(
    module,
    mapped(imports, (its) => mapped(its, trapping)),
  );
  return { exports: mapped(exports, trapping) };
};

function mapped(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}

function trapping(value) {
  if (typeof value !== 'function') return value;
  return (...given) => {
    if (callsLeft !== undefined && callsLeft-- === 0) {
      callsLeft = undefined;
      throw new WebAssembly.RuntimeError('unreachable');
    }
    return value(...given);
  };
}

/** Does `work` with a trap after so many good calls. Says whether there was one. */
export async function trapAfter(good, work) {
  callsLeft = good;
  try {
    await work();
  } finally {
    trapAfter.trapped = callsLeft === undefined;
    callsLeft = undefined;
  }
  return trapAfter.trapped;
}

/** Lets `work` trap at its first call, its second, and so on to its last; after each trap it has to work. `check` judges a work that trapped. */
export async function atEveryCall(work, check = () => {}) {
  for (let good = 0; ; good++) {
    assert.ok(good < 5000, 'the work ends');
    let error;
    let outcome;
    await trapAfter(good, async () => {
      outcome = await work();
    }).catch((thrown) => {
      error = thrown;
    });
    if (!trapAfter.trapped) {
      assert.equal(error, undefined);
      assert.ok(good > 0, 'the work calls into a module');
      return;
    }
    check(outcome, error);
    await work();
  }
}
