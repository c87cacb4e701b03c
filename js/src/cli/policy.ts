/** `portcullis policy`: check a policy file, and ask it. @module */
import type { Command } from 'commander';
import { policy } from '../internal.js';
import { readText } from './input.js';
import { EXIT, green, red, say, sayJson, yellow } from './ui.js';

interface Flags {
  file: string;
  permissions?: string[];
  json?: boolean;
}

/** Adds `policy check` and `policy explain`. */
export function addPolicyCommand(program: Command): void {
  const commands = program.command('policy').description('check a policy file, and ask it');
  commands
    .command('check')
    .description('say what is wrong with a policy, with file, line and reason')
    .argument('[file]', 'the policy', 'portcullis.toml')
    .action((file: string) => {
      const { warnings } = policy(readText(file, 'the policy'));
      for (const warning of warnings) say(`${yellow('warning:')} ${warning}`);
      say(`${green('✔')} ${file} is a policy`);
    });
  commands
    .command('explain')
    .description('whether somebody with a role may do something, and why')
    .argument('<role>', 'the role; - for nobody in particular, signed in without a role')
    .argument('<method>', 'GET, POST, …')
    .argument('<path>', 'the path')
    .option('-f, --file <file>', 'the policy', 'portcullis.toml')
    .option('-p, --permissions <names...>', 'permissions of the token besides those of the role')
    .option('--json', 'print one JSON document')
    .action((role: string, method: string, path: string, flags: Flags) => {
      const claims = { sub: 'somebody', roles: role === '-' ? [] : [role], permissions: flags.permissions ?? [] };
      const decision = policy(readText(flags.file, 'the policy')).decide(claims, {
        method: method.toUpperCase(),
        path,
      });
      if (flags.json) sayJson(decision);
      else say(`${decision.allowed ? green('✔ allowed') : red(`✘ ${decision.status}`)}: ${decision.why}`);
      if (!flags.json && decision.rule !== null) say(`  rule: ${decision.rule}`);
      if (!decision.allowed) process.exitCode = EXIT.refused;
    });
}
