/** Answers against what /openapi.json says of them. */

import assert from 'node:assert/strict';
import Ajv from 'ajv/dist/2020.js';

/**
 * Gives `(answer, path, method)`, which asserts that the answer is of the schema that stands for its status, and has no member that is
 * not in it. `path` is the template in the description.
 */
export function describedBy(description) {
  const closed = structuredClone(description);
  for (const schema of Object.values(closed.components.schemas)) {
    if (schema.properties !== undefined) schema.additionalProperties = false;
  }
  const ajv = new Ajv({ strict: false, validateSchema: true });
  ajv.addSchema(closed, 'openapi', false, false);

  return (answer, path, method) => {
    const what = `${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`;
    const response = description.paths[path][method].responses[answer.status];
    assert.ok(response !== undefined, `not described: ${what}`);
    if (response.content === undefined) return assert.equal(answer.text, '', what);
    const type = answer.headers.get('content-type').replace(/; charset=utf-8$/, '');
    assert.ok(Object.hasOwn(response.content, type), `${type}: ${what}`);
    const where = [path, method, 'responses', String(answer.status), 'content', type, 'schema'];
    const escaped = where.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
    const fits = ajv.getSchema(`openapi#/paths/${escaped.join('/')}`);
    assert.ok(fits(type === 'application/json' ? answer.body : answer.text), `${JSON.stringify(fits.errors)}: ${what}`);
    if (type === 'text/html') assert.ok(answer.text.startsWith('<!doctype html>'), what);
    if (answer.status === 429 || answer.status === 503) assert.ok(Number(answer.headers.get('retry-after')) > 0, what);
    if (answer.status === 401) assert.ok(answer.headers.get('www-authenticate')?.length > 0, what);
  };
}
