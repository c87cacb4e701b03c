/** What the tokens of every bench say. */
export const CLAIMS = {
  sub: 'user-1234567890',
  iss: 'https://issuer.example',
  aud: 'api',
  name: 'Alice Example',
  roles: ['admin', 'user'],
  jti: 'd1f2a3b4c5d6e7f8',
};
