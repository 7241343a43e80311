/**
 * The characters that a password of WSO2's servers may have. The servers copy passwords unescaped into XML, where `&`, `<` and quotes make
 * the file unreadable, and into the URL of their message broker, where `@`, `:`, `/` and `%` mean something else.
 */
export const passwordCharacters = /^[A-Za-z0-9._~-]*$/;

/** They in words, for messages. */
export const passwordCharactersInWords = 'letters, digits, ".", "_", "~" and "-"';

/** Passwords that WSO2's products and guides, and Java's keytool, are shipped or documented with. */
export const wellKnownPasswords: readonly string[] = ['admin', 'wso2carbon', 'wso2123', 'changeit', 'password'];

/** Whether everybody knows this password, however it is capitalized. */
export const isWellKnown = (password: string): boolean => wellKnownPasswords.includes(password.toLowerCase());
