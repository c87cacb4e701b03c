/** Answers against what /openapi.json says of them. */

import assert from 'node:assert/strict';
import Ajv from 'ajv/dist/2020.js';

/** Headers that mean something to a client: an answer has none of them that is not described. */
const TELLING = ['allow', 'etag', 'location', 'retry-after', 'set-cookie', 'www-authenticate'];

/**
 * Gives `(answer, path, method)`, which asserts that the answer is of the schema that stands for its status, has no member that is
 * not in it, and has the headers that are described. `path` is the template in the description.
 */
export function describedBy(description) {
  const closed = structuredClone(description);
  for (const schema of Object.values(closed.components.schemas)) {
    if (schema.properties !== undefined) schema.additionalProperties = false;
  }
  const ajv = new Ajv({ strict: false, validateSchema: true });
  ajv.addSchema(closed, 'openapi', false, false);

  const assertHeaders = (answer, described = {}, what) => {
    for (const [name, reference] of Object.entries(described)) {
      const { required, schema } = reference.$ref
        ? description.components.headers[reference.$ref.split('/').at(-1)]
        : reference;
      const value = answer.headers.get(name);
      if (value === null) {
        assert.notEqual(required, true, `${name} is missing: ${what}`);
        continue;
      }
      const isFit = ajv.validate(schema, schema.type === 'integer' ? Number(value) : value);
      assert.ok(isFit, `${name}: ${value}: ${what}`);
    }
    const names = new Set(Object.keys(described).map((name) => name.toLowerCase()));
    for (const name of TELLING) {
      assert.ok(names.has(name) || !answer.headers.has(name), `${name} is not described: ${what}`);
    }
  };

  return (answer, path, method) => {
    const what = `${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`;
    const response = description.paths[path][method].responses[answer.status];
    assert.ok(response !== undefined, `not described: ${what}`);
    assertHeaders(answer, response.headers, what);
    if (response.content === undefined) return assert.equal(answer.text, '', what);
    const type = answer.headers.get('content-type').replace(/; charset=utf-8$/, '');
    assert.ok(Object.hasOwn(response.content, type), `${type}: ${what}`);
    const where = [path, method, 'responses', String(answer.status), 'content', type, 'schema'];
    const escaped = where.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
    const fits = ajv.getSchema(`openapi#/paths/${escaped.join('/')}`);
    assert.ok(fits(type === 'application/json' ? answer.body : answer.text), `${JSON.stringify(fits.errors)}: ${what}`);
    if (type === 'text/html') assert.ok(answer.text.startsWith('<!doctype html>'), what);
  };
}
