/** `portcullis hash`. @module */
import type { Command } from 'commander';
import { hashPassword, verifyPassword } from '../internal.js';
import { readText } from './input.js';
import { EXIT, green, red, say } from './ui.js';

/** Adds `hash`. */
export function addHashCommand(program: Command): void {
  program
    .command('hash')
    .description('the argon2id hash of a password read from standard input; or whether it is the one behind a hash')
    .option('--verify <hash>', 'compare with this hash (argon2 or bcrypt) instead')
    .action(async ({ verify }: { verify?: string }) => {
      const password = readText('-', 'the password').replace(/\r?\n$/, '');
      if (verify === undefined) return say(await hashPassword(password));
      const fits = await verifyPassword(password, verify);
      say(fits ? green('✔ the password fits') : red('✘ the password does not fit'));
      if (!fits) process.exitCode = EXIT.refused;
    });
}
