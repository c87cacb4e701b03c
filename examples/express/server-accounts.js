import { createAppWithAccounts } from './accounts.js';

const { PORT = 3000, DATABASE = 'accounts.db', JWT_SECRET, JWT_REFRESH_SECRET } = process.env;
const issuer = `http://localhost:${PORT}`;
const app = createAppWithAccounts({
  file: DATABASE,
  jwtSecret: JWT_SECRET,
  jwtRefreshSecret: JWT_REFRESH_SECRET,
  issuer,
});
app.listen(Number(PORT), () => console.log(issuer));
