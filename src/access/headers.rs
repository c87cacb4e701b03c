//! Request headers that the gate or an upstream gives a special meaning.
//!
//! Names are compared case-insensitively, and every character that is not a letter or a digit counts as `-`: CGI, WSGI
//! and PHP (RFC 3875 section 4.1.18) treat `X.User`, `x_user` and `x-user` as the same name.

/// The prefix of the gate's own headers. None of them is accepted from a client.
const HEADER_PREFIX: &str = "x-portcullis-";

/// Headers that make some servers use another method, host or path than that of the request, or send their own requests
/// elsewhere. The upstream must see exactly what the gate checked, so these headers never reach it.
pub(crate) const OVERRIDES: [&str; 15] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
    "x-forwarded-uri",
    "x-forwarded-prefix",
    "x-forwarded-method",
    "x-forwarded-path",
    "x-original-method",
    "x-original-host",
    "x-envoy-original-path",
    "x-host",
    // CGI passes this header on as HTTP_PROXY, which many HTTP clients read as their own setting (CVE-2016-5385).
    "proxy",
];

/// Headers that the gate sets on every request.
pub(crate) const ALWAYS_SET: [&str; 2] = ["x-forwarded-host", "x-forwarded-proto"];

/// The client address, unless the policy passes the value that the client sent.
pub(crate) const ADDRESS: [&str; 2] = ["x-forwarded-for", "x-real-ip"];

/// Headers with which proxies identify the client. An upstream that trusts its proxy would trust them from anyone. They
/// are forwarded only if `pass-headers` lists them.
pub(crate) const CLAIMS_OF_ADDRESS: [&str; 25] = [
    "forwarded",
    "forwarded-for",
    "x-forwarded",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-scheme",
    "x-forwarded-server",
    "x-forwarded-ssl",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "x-originating-ip",
    "x-remote-addr",
    "x-remote-ip",
    "x-envoy-external-address",
    "x-envoy-internal",
    "x-appengine-user-ip",
    "x-azure-clientip",
    "x-azure-socketip",
    "client-ip",
    "true-client-ip",
    "fastly-client-ip",
    "front-end-https",
    "x-url-scheme",
];

/// Headers with which identity-aware proxies, TLS terminators and single sign-on systems identify the user, without a
/// signature.
pub(crate) const CLAIMS_OF_IDENTITY: [&str; 51] = [
    "remote-user",
    "remote-name",
    "remote-email",
    "remote-groups",
    "x-remote-user",
    "x-remote-name",
    "x-remote-email",
    "x-remote-group",
    "x-remote-groups",
    "x-authenticated-user",
    "x-authenticated-userid",
    "x-authenticated-email",
    "x-authenticated-groups",
    "x-webauth-user",
    "x-webauth-name",
    "x-webauth-email",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-access-token",
    "x-auth-request-user",
    "x-auth-request-email",
    "x-auth-request-groups",
    "x-auth-request-preferred-username",
    "x-auth-request-access-token",
    "x-authentik-username",
    "x-authentik-email",
    "x-authentik-groups",
    "x-authentik-uid",
    "x-consumer-id",
    "x-consumer-custom-id",
    "x-consumer-username",
    "x-credential-identifier",
    "x-anonymous-consumer",
    "x-goog-authenticated-user-email",
    "x-goog-authenticated-user-id",
    "x-ms-client-principal",
    "x-ms-client-principal-id",
    "x-ms-client-principal-idp",
    "x-ms-client-principal-name",
    "x-amzn-oidc-identity",
    "cf-access-authenticated-user-email",
    // Client certificates: RFC 9440, Envoy, nginx, Azure.
    "client-cert",
    "client-cert-chain",
    "x-forwarded-client-cert",
    "x-arr-clientcert",
    "x-client-cert",
    "ssl-client-s-dn",
    "ssl-client-verify",
    "x-ssl-client-cert",
];

/// Whether two header names are the same name to such an upstream.
pub(crate) fn folds_alike(one: &str, other: &str) -> bool {
    let folded = |byte: u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' };
    one.len() == other.len() && one.bytes().map(folded).eq(other.bytes().map(folded))
}

/// Whether such an upstream reads the name as one of the gate's own headers.
pub(crate) fn is_the_gates_own(name: &str) -> bool {
    name.get(..HEADER_PREFIX.len()).is_some_and(|start| folds_alike(HEADER_PREFIX, start))
}
