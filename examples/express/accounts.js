/** The same application with accounts of its own: people register and log in here, in a SQLite file. No Worker is needed. */
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import { authRoutes, sqliteStores } from 'portcullis/express';
import { createApp } from './app.js';

/**
 * @param {object} settings the SQLite `file`, the two secrets, and the address people see as `issuer`
 */
export function createAppWithAccounts({ file, jwtSecret, jwtRefreshSecret, issuer }) {
  const stores = sqliteStores(new DatabaseSync(file));
  const auth = authRoutes({ issuer, audience: issuer, jwtSecret, jwtRefreshSecret, stores });
  return express().disable('x-powered-by').use(auth, createApp(auth.trust));
}
