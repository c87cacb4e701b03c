/// The commonest passwords of at least eight characters, lower case, sorted. Shorter ones are refused for their length.
const COMMON: [&str; 3] = ["12345678", "password", "password1"];
