/** `portcullis policy`: check a policy file, ask it, and see who can do what. @module */
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
  const commands = program.command('policy').description('check a policy file, ask it, see who can do what');
  commands
    .command('check')
    .description('say everything that is wrong with a policy, with line and column')
    .argument('[file]', 'the policy', DEFAULT_FILE)
    .option('--json', 'print one JSON document')
    .action(check);
  commands
    .command('explain')
    .description('whether somebody may do something, and why: every rule that is looked at, and what it asks')
    .argument(
      '<words...>',
      'role, method and path; - for signed in without a role; the role left out, without --role and --claims: without a token',
    )
    .usage('[options] [role] <method> <path>')
    .option('-f, --file <file>', 'the policy', DEFAULT_FILE)
    .option('-r, --role <name>', 'a role of the token; may be given again', oneMore)
    .option(
      '-p, --permission <name>',
      'a permission of the token besides those of its roles; may be given again',
      oneMore,
    )
    .option('-c, --claims <json>', 'other claims of the token, as a JSON object')
    .option('--host <host>', 'the host')
    .option('--json', 'print one JSON document')
    .action(explain);
  commands
    .command('table')
    .description('who can do what: routes down, roles across')
    .argument('[file]', 'the policy', DEFAULT_FILE)
    .option('--html', 'print a page')
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
  if (errors > 0)
    throw new Failure(`${file} is no policy yet: ${errors} ${errors === 1 ? 'error' : 'errors'}`, EXIT.usage);
  if (json !== true) say(`${green('✔')} ${file} is a policy; what no rule names is refused`);
}

function sayFinding(file: string, { severity, line, column, message, help }: Finding): void {
  const text = `${file}:${line}:${column}: ${severity === 'error' ? red('error') : yellow('warning')}: ${message}`;
  const print = severity === 'error' ? console.error : say;
  print(help === null ? text : `${text}\n  help: ${help}`);
}

function explain(words: string[], flags: Flags): void {
  const [path, method, role] = [...words].reverse();
  if (path === undefined || method === undefined || words.length > 3) {
    throw new Failure('say the method and the path, with a role before them or without', EXIT.usage);
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
    throw new Failure(`there is no role ${unknown}; there are: ${one.roles.join(', ')}`, EXIT.usage);
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
    // Said below.
  }
  throw new Failure('--claims takes a JSON object', EXIT.usage);
}

function compiled(file: string): Policy {
  return policy(readText(file, 'the policy'), { file });
}
