/** `portcullis hash`. @module */
import type { Command } from 'commander';
import { hashPassword, verifyPassword } from '../internal.js';
import { readText } from './input.js';
import { EXIT, green, red, say } from './ui.js';

/** Adds `hash`. */
export function addHashCommand(program: Command): void {
  program
    .command('hash')
    .description('hash a password from standard input with argon2id, or check it against a hash')
    .option('--verify <hash>', 'check the password against this hash (argon2 or bcrypt) instead')
    .action(async ({ verify }: { verify?: string }) => {
      const password = readText('-', 'the password').replace(/\r?\n$/, '');
      if (verify === undefined) return say(await hashPassword(password));
      const fits = await verifyPassword(password, verify);
      say(fits ? green('✔ the password matches') : red('✘ the password does not match'));
      if (!fits) process.exitCode = EXIT.refused;
    });
}
