//! Finds, among a Rust file's tokens, the names that reach outside the module: `crate::…`, `super::…`, and crates.
//!
//! Tokens, not a syntax tree: so paths in the middle of expressions and inside macro calls are seen too.

use std::str::FromStr;

use proc_macro2::{Delimiter, LexError, TokenStream, TokenTree};

/// One name and where it stands.
pub(super) struct Named {
    pub(super) line: usize,
    /// True when `first` is a module of ours, false when it may be a crate.
    pub(super) path_from_root: bool,
    /// The first part of the path.
    pub(super) first: String,
    /// Inside an item marked `#[cfg(test)]`.
    pub(super) in_test: bool,
}

/// Every name in `text`, the file of the module `module`.
pub(super) fn named(text: &str, module: &[String]) -> Result<Vec<Named>, LexError> {
    let mut finder = Finder::default();
    finder.walk(TokenStream::from_str(text)?, module, false);
    Ok(finder.found)
}

#[derive(Default)]
struct Finder {
    found: Vec<Named>,
}

impl Finder {
    fn walk(&mut self, stream: TokenStream, module: &[String], in_test: bool) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut item_is_test = false;
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => {
                    let is_test = in_test || item_is_test;
                    let inner = inline_module(&tokens, at).map(|name| [module, &[name]].concat());
                    item_is_test |= is_cfg_test(&tokens, at);
                    self.walk(group.stream(), inner.as_deref().unwrap_or(module), is_test);
                    if group.delimiter() == Delimiter::Brace {
                        item_is_test = false;
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => item_is_test = false,
                TokenTree::Ident(ident) => self.name(&ident.to_string(), &tokens, at, module, in_test || item_is_test),
                _ => {}
            }
        }
    }

    fn name(&mut self, word: &str, tokens: &[TokenTree], at: usize, module: &[String], in_test: bool) {
        let goes_on = is_colons(tokens, at + 1);
        let continues =
            at >= 2 && is_colons(tokens, at - 2) && (at >= 3 && matches!(tokens[at - 3], TokenTree::Ident(_)));
        match word {
            "crate" if goes_on => self.push_crate_path(&tokens[at + 3..], in_test),
            "super" if goes_on && !continues => self.push_super_path(tokens, at, module, in_test),
            _ if continues => {}
            _ if goes_on || is_used(tokens, at) || word != "worker" => {
                self.push(tokens[at].span().start().line, false, word, in_test);
            }
            _ => {}
        }
    }

    /// What follows `crate::`: a name, or a group with several.
    fn push_crate_path(&mut self, rest: &[TokenTree], in_test: bool) {
        match rest.first() {
            Some(TokenTree::Ident(ident)) => self.push(ident.span().start().line, true, &ident.to_string(), in_test),
            Some(TokenTree::Group(group)) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for part in inner.split(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ',')) {
                    if let Some(TokenTree::Ident(ident)) = part.first() {
                        self.push(ident.span().start().line, true, &ident.to_string(), in_test);
                    }
                }
            }
            _ => {}
        }
    }

    /// `super::super::…` matters when it climbs to the crate's root.
    fn push_super_path(&mut self, tokens: &[TokenTree], at: usize, module: &[String], in_test: bool) {
        let mut rest = at;
        let mut climbed = 0;
        while matches!(&tokens.get(rest), Some(TokenTree::Ident(ident)) if *ident == "super")
            && is_colons(tokens, rest + 1)
        {
            climbed += 1;
            rest += 3;
        }
        if climbed >= module.len() {
            self.push_crate_path(&tokens[rest..], in_test);
        }
    }

    fn push(&mut self, line: usize, path_from_root: bool, first: &str, in_test: bool) {
        self.found.push(Named { line, path_from_root, first: first.to_owned(), in_test });
    }
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// `use worker;`, `extern crate worker;`
fn is_used(tokens: &[TokenTree], at: usize) -> bool {
    at > 0 && matches!(&tokens[at - 1], TokenTree::Ident(word) if *word == "use" || *word == "crate")
}

/// The group of `#[cfg(test)]`.
fn is_cfg_test(tokens: &[TokenTree], at: usize) -> bool {
    let after_hash = at > 0 && matches!(&tokens[at - 1], TokenTree::Punct(punct) if punct.as_char() == '#');
    after_hash && tokens[at].to_string().replace(' ', "") == "[cfg(test)]"
}

/// The name of the module whose body is the group at `at`.
fn inline_module(tokens: &[TokenTree], at: usize) -> Option<String> {
    match (at.checked_sub(2).map(|before| &tokens[before]), at.checked_sub(1).map(|before| &tokens[before])) {
        (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(name))) if *word == "mod" => Some(name.to_string()),
        _ => None,
    }
}
