/** `portcullis sign` and `portcullis verify`. @module */
import type { Command } from 'commander';
import {
  type Alg,
  type AuthError,
  type Claims,
  createVerifier,
  type Duration,
  isAuthError,
  type Key,
  sign,
  toKeys,
} from '../internal.js';
import { json, type KeyFlags, keyText, oneMore, readText, tokenFrom, withKey } from './input.js';
import { EXIT, Failure, green, red, say, sayJson, sayMembers } from './ui.js';

interface SignFlags extends KeyFlags {
  issuer?: string;
  audience?: string[];
  subject?: string;
  expiresIn?: Duration;
  notBefore?: Duration;
  typ?: string;
  kid?: string;
  jwtId?: boolean;
  claims?: string;
  claim?: string[];
}

interface VerifyFlags extends KeyFlags {
  issuer?: string;
  audience?: string[];
  anyIssuer?: boolean;
  anyAudience?: boolean;
  typ?: string;
  subject?: string;
  leeway?: Duration;
  maxAge?: Duration;
  json?: boolean;
}

/** Adds `sign` and `verify`. */
export function addTokenCommands(program: Command): void {
  withKey(program.command('sign'), 'the private key or secret')
    .description('sign a token and print it')
    .option('-i, --issuer <iss>', 'iss')
    .option('-u, --audience <aud...>', 'aud; accepts several values')
    .option('-s, --subject <sub>', 'sub')
    .option('-e, --expires-in <duration>', 'exp from now: 30s, 15m, 12h, 7d')
    .option('--not-before <duration>', 'nbf from now')
    .option('--typ <typ>', 'the header’s typ', 'JWT')
    .option('--kid <name>', 'which key of the set to sign with (default: the first)')
    .option('--jwt-id', 'add a jti')
    .option('--claims <file>', 'additional claims from a JSON file; - for standard input')
    .option('-c, --claim <name=value...>', 'an additional claim; the value is JSON, otherwise a string')
    .action(signToken);
  withKey(program.command('verify'), 'the public key, key set or secret')
    .description('verify a token; exits with 0 if it is valid')
    .argument('[token]', 'the token; - or omitted for standard input')
    .option('-i, --issuer <iss>', 'require this issuer')
    .option('-u, --audience <aud>', 'require this audience; repeat to allow several', oneMore)
    .option('--any-issuer', 'skip the issuer check')
    .option('--any-audience', 'skip the audience check')
    .option('--typ <typ>', 'require this typ')
    .option('-s, --subject <sub>', 'require this subject')
    .option('--leeway <duration>', 'allowed clock skew (default 5s)')
    .option('--max-age <duration>', 'maximum age, measured from iat')
    .option('--json', 'print one JSON document')
    .action(verifyToken);
}

async function signToken(flags: SignFlags): Promise<void> {
  const { issuer, audience, subject, expiresIn, notBefore, typ, jwtId, alg, kid } = flags;
  const key = oneKey(keyText(flags), alg, kid);
  const claims = { ...claimsFrom(flags.claims), ...Object.fromEntries((flags.claim ?? []).map(claim)) };
  const options = { issuer, audience: single(audience), subject, expiresIn, notBefore, typ, jwtId };
  say(await sign(claims, { key: key as Key<true>, ...given(options) }));
}

async function verifyToken(argument: string | undefined, flags: VerifyFlags): Promise<void> {
  const token = tokenFrom(argument);
  const { alg, typ, subject, leeway, maxAge } = flags;
  const verifier = createVerifier({
    key: toKeys(keyText(flags), alg && [alg]),
    algorithms: alg && [alg],
    issuer: required('--issuer', flags.issuer, '--any-issuer', flags.anyIssuer),
    audience: required('--audience', single(flags.audience), '--any-audience', flags.anyAudience),
    ...given({ typ, subject, leeway, maxAge }),
  });
  try {
    const { header, claims } = await verifier.verify(token);
    if (flags.json) return sayJson({ valid: true, header, claims });
    say(green('✔ the token is valid'));
    sayMembers('header', header);
    sayMembers('claims', claims);
  } catch (error) {
    if (!isAuthError(error) || error.status === 500) throw error;
    refuse(error, flags.json);
  }
}

function refuse(error: AuthError, asJson: boolean | undefined): void {
  const { code, message, claim: at, expected, actual } = error;
  if (asJson) sayJson({ valid: false, error: { code, message, claim: at, expected, actual } });
  else say(`${red('✘')} ${message} ${`[${code}]`}`);
  process.exitCode = EXIT.refused;
}

/** The signing key: the one with that kid in a set, or the first. */
function oneKey(text: string, alg: Alg | undefined, kid: string | undefined): Key {
  const keys = toKeys(text, alg && [alg]);
  const found = kid === undefined ? keys[0] : keys.find((key) => key.kid === kid);
  if (found === undefined) throw new Failure(`the key set has no key with kid "${kid}"`);
  return found;
}

function claimsFrom(file: string | undefined): Claims {
  if (file === undefined) return {};
  const found = json(readText(file, 'the claims'), 'the claims');
  if (typeof found !== 'object' || found === null || Array.isArray(found))
    throw new Failure('the claims must be a JSON object');
  return found as Claims;
}

function claim(text: string): [string, unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new Failure(`"${text}" must have the form name=value`);
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}

function required<T>(flag: string, value: T | undefined, waiver: string, waived: boolean | undefined): T | null {
  if (value !== undefined) return value;
  if (waived) return null;
  throw new Failure(`${flag} is required; use ${waiver} to skip the check`);
}

function single(list: string[] | undefined): string | string[] | undefined {
  return list?.length === 1 ? list[0] : list;
}

/** The options that have a value. */
function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
