import { createApp } from './app.js';
import { trustFromEnvironment } from './trust.js';

const port = Number(process.env.PORT ?? 3000);
createApp(trustFromEnvironment()).listen(port, () => console.log(`http://localhost:${port}`));
