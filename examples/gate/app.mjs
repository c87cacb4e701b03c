/** An Express app as it may have stood for years: it reads who asks from headers, and checks nothing itself. */
import express from 'express';

const app = express();
const who = (request) => request.get('x-portcullis-sub') ?? 'somebody';

app.get('/hello', (request, response) => response.send(`Hello, ${who(request)}.\n`));
app.get('/profile/:id', (request, response) => response.json({ id: request.params.id, seenBy: who(request) }));
app.get('/reports', (_request, response) => response.json([{ id: 7, title: 'Quarter' }]));
app.get('/reports/:id', (request, response) => response.json({ id: Number(request.params.id), title: 'Quarter' }));
app.post('/admin/restart', (request, response) => response.json({ restartedBy: who(request) }));

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`the app behind the gate: http://127.0.0.1:${server.address().port}`);
});
