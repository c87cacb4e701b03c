/** `portcullis policy`: checks a policy file, queries it, and lists who can do what. @module */
import type { Command } from 'commander';
import { type Claims, checkPolicy, type Finding, type Policy, policy } from '../internal.js';
import { oneMore, readText } from './input.js';
import { EXIT, Failure, green, red, say, sayJson, yellow } from './ui.js';

interface Flags {
  file: string;
  role?: string[];
  permission?: string[];
  claims?: string;
  host?: string;
  json?: boolean;
}

const DEFAULT_FILE = 'portcullis.toml';

/** Adds `policy check`, `policy explain` and `policy table`. */
export function addPolicyCommand(program: Command): void {
  const commands = program.command('policy').description('check a policy file, query it, and list who can do what');
  commands
    .command('check')
    .description('report every error in a policy with its line and column')
    .argument('[file]', 'the policy', DEFAULT_FILE)
    .option('--json', 'print one JSON document')
    .action(check);
  commands
    .command('explain')
    .description('explain whether a role may access a path, rule by rule')
    .argument(
      '<words...>',
      'role, method and path. Use - for a signed-in user without roles; omit the role, --role, --permission and --claims for an anonymous request',
    )
    .usage('[options] [role] <method> <path>')
    .option('-f, --file <file>', 'the policy', DEFAULT_FILE)
    .option('-r, --role <name>', 'a role of the token; repeat to add more', oneMore)
    .option(
      '-p, --permission <name>',
      'a permission of the token in addition to those of its roles; repeat to add more',
      oneMore,
    )
    .option('-c, --claims <json>', 'other claims of the token, as a JSON object')
    .option('--host <host>', 'the host')
    .option('--json', 'print one JSON document')
    .action(explain);
  commands
    .command('table')
    .description('table of routes (rows) and roles (columns)')
    .argument('[file]', 'the policy', DEFAULT_FILE)
    .option('--html', 'print an HTML page')
    .action((file: string, { html }: { html?: boolean }) => {
      say(
        compiled(file)
          .table(html === true ? 'html' : 'text')
          .trimEnd(),
      );
    });
}

function check(file: string, { json }: { json?: boolean }): void {
  const findings = checkPolicy(readText(file, 'the policy'), { file });
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (json === true) sayJson(findings);
  else for (const finding of findings) sayFinding(file, finding);
  if (errors > 0) throw new Failure(`${file} is invalid: ${errors} ${errors === 1 ? 'error' : 'errors'}`, EXIT.usage);
  if (json !== true) say(`${green('✔')} ${file} is valid. Requests that match no rule are denied.`);
}

function sayFinding(file: string, { severity, line, column, message, help }: Finding): void {
  const text = `${file}:${line}:${column}: ${severity === 'error' ? red('error') : yellow('warning')}: ${message}`;
  const print = severity === 'error' ? console.error : say;
  print(help === null ? text : `${text}\n  help: ${help}`);
}

function explain(words: string[], flags: Flags): void {
  const [path, method, role] = [...words].reverse();
  if (path === undefined || method === undefined || words.length > 3) {
    throw new Failure('specify the method and the path, optionally preceded by a role', EXIT.usage);
  }
  const one = compiled(flags.file);
  const holder = holderOf(one, role, flags);
  const asked = { method: method.toUpperCase(), path, ...(flags.host === undefined ? {} : { host: flags.host }) };
  const decision = one.decide(holder, asked);
  if (flags.json === true) sayJson(decision);
  else say(one.explain(holder, asked).trimEnd());
  if (!decision.allowed) process.exitCode = EXIT.refused;
}

function holderOf(one: Policy, role: string | undefined, flags: Flags): Claims | undefined {
  const roles = [...(role === undefined || role === '-' ? [] : [role]), ...(flags.role ?? [])];
  const unknown = roles.find((name) => !one.roles.includes(name));
  if (unknown !== undefined) {
    throw new Failure(`unknown role "${unknown}". Known roles: ${one.roles.join(', ')}`, EXIT.usage);
  }
  if (role === undefined && roles.length === 0 && flags.claims === undefined && flags.permission === undefined) {
    return undefined;
  }
  return {
    sub: 'somebody',
    [one.rolesClaim]: roles,
    ...(flags.permission === undefined ? {} : { permissions: flags.permission }),
    ...claimsOf(flags.claims),
  };
}

function claimsOf(text: string | undefined): Claims {
  if (text === undefined) return {};
  try {
    const claims: unknown = JSON.parse(text);
    if (typeof claims === 'object' && claims !== null) return claims as Claims;
  } catch {
    // Reported below.
  }
  throw new Failure('--claims requires a JSON object', EXIT.usage);
}

function compiled(file: string): Policy {
  return policy(readText(file, 'the policy'), { file });
}
