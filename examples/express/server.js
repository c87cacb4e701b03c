import { createApp } from './app.js';
import { trustFrom } from './trust.js';

const port = Number(process.env.PORT ?? 3000);
createApp(trustFrom(process.env)).listen(port, () => console.log(`http://localhost:${port}`));
