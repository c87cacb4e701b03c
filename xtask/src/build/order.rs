//! The order of a module's functions, for compression.
//!
//! gzip only finds a repetition within the last 32 kB. The code of a generic comes out once for each of its types, hundreds of times
//! nearly alike, and the linker strews these over a megabyte. Here each function is followed by the one that has most in common with
//! those just before it. Nothing but the order changes.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;

use anyhow::{Context, Result};
use wasm_encoder::{NameMap, NameSection, RawSection};
use wasmparser::{Parser, Payload, TypeRef};

/// Two functions are compared by the runs of this many bytes that both have. Shorter runs are common to all code; of longer ones
/// gzip needs fewer.
const RUN: usize = 6;
/// How much code is looked back at, in bytes: less than gzip's 32 kB, for the data that it compresses sees longer functions too.
const WINDOW: usize = 16 * 1024;

/// Names each function of the module by its place, so that sorting by name (wasm-opt's `--reorder-functions-by-name`) brings it
/// there. Whatever names there were are gone.
pub fn name_by_place(wasm: &Path) -> Result<()> {
    let module = std::fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    std::fs::write(wasm, named_by_place(&module)?)?;
    Ok(())
}

fn named_by_place(module: &[u8]) -> Result<Vec<u8>> {
    let mut out = wasm_encoder::Module::new();
    let mut imported = 0;
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        match &payload {
            Payload::ImportSection(imports) => {
                for import in imports.clone().into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            Payload::CustomSection(custom) if custom.name() == "name" => continue,
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            out.section(&RawSection { id, data: &module[range] });
        }
    }
    out.section(&names(imported, &order(&bodies)));
    Ok(out.finish())
}

/// For each function its place as its name: digits of equal length, so that they sort as numbers do.
fn names(imported: u32, order: &[usize]) -> NameSection {
    let mut places = vec![0; order.len()];
    for (place, &function) in order.iter().enumerate() {
        places[function] = place;
    }
    let mut functions = NameMap::new();
    for (index, place) in (imported..).zip(places) {
        functions.append(index, &format!("{place:08}"));
    }
    let mut names = NameSection::new();
    names.functions(&functions);
    names
}

/// The functions in an order in which like stands beside like: always the one next that has most runs in common with the window, for
/// its length. (By the root of the length: a share alone would use up the short ones first.)
fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let runs = common_runs(bodies);
    let mut window = Window::new(&runs);
    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let mut order = Vec::with_capacity(bodies.len());
    let mut next = (!left.is_empty()).then_some(0);
    while let Some(at) = next {
        let function = left.remove(at);
        order.push(function);
        window.take_in(function, bodies[function].len());
        let likeness = |&function: &usize| {
            #[expect(clippy::cast_precision_loss, reason = "lengths and counts far below 2^53")]
            let (shared, length) = (window.shared[function] as f64, bodies[function].len() as f64);
            shared / length.sqrt()
        };
        // The first of several equal ones: the same module is always put into the same order.
        next = (0..left.len()).rev().max_by(|&a, &b| likeness(&left[a]).total_cmp(&likeness(&left[b])));
    }
    order
}

/// For each function the runs in it that another has too, numbered.
fn common_runs(bodies: &[&[u8]]) -> Vec<Vec<usize>> {
    let mut numbers = HashMap::new();
    let mut counts = Vec::new();
    let mut runs: Vec<Vec<usize>> = Vec::with_capacity(bodies.len());
    for body in bodies {
        let distinct: HashSet<&[u8]> = body.windows(RUN).collect();
        let numbered = distinct.into_iter().map(|run| {
            let number = *numbers.entry(run).or_insert(counts.len());
            if number == counts.len() {
                counts.push(0);
            }
            counts[number] += 1;
            number
        });
        runs.push(numbered.collect());
    }
    for runs in &mut runs {
        runs.retain(|&run| counts[run] > 1);
    }
    runs
}

/// The functions placed last, as far as gzip still sees them.
struct Window<'a> {
    runs: &'a [Vec<usize>],
    /// Which functions have a run, by its number.
    having: Vec<Vec<usize>>,
    /// How often a run is in the window, by its number.
    present: Vec<usize>,
    /// How many of its runs each function shares with the window.
    shared: Vec<usize>,
    functions: VecDeque<(usize, usize)>,
    length: usize,
}

impl<'a> Window<'a> {
    fn new(runs: &'a [Vec<usize>]) -> Self {
        let numbers = runs.iter().flatten().max().map_or(0, |most| most + 1);
        let mut having = vec![Vec::new(); numbers];
        for (function, runs) in runs.iter().enumerate() {
            for &run in runs {
                having[run].push(function);
            }
        }
        let (present, shared) = (vec![0; numbers], vec![0; runs.len()]);
        Self { runs, having, present, shared, functions: VecDeque::new(), length: 0 }
    }

    /// Puts a function at the window's end, and lets go of the first ones while it is too long without it.
    fn take_in(&mut self, function: usize, length: usize) {
        let runs = self.runs;
        for &run in &runs[function] {
            self.present[run] += 1;
            if self.present[run] == 1 {
                self.having[run].iter().for_each(|&other| self.shared[other] += 1);
            }
        }
        self.functions.push_back((function, length));
        self.length += length;
        while self.length > WINDOW && self.functions.len() > 1 {
            self.let_go_of_first();
        }
    }

    fn let_go_of_first(&mut self) {
        let Some((function, length)) = self.functions.pop_front() else { return };
        self.length -= length;
        let runs = self.runs;
        for &run in &runs[function] {
            self.present[run] -= 1;
            if self.present[run] == 0 {
                self.having[run].iter().for_each(|&other| self.shared[other] -= 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_stands_beside_like() {
        let bodies: [&[u8]; 5] = [
            b"reads a list of users",
            b"0123456789abcdef",
            b"reads a list of roles",
            b"0123456789ABCDEF",
            b"reads a list",
        ];
        let order = order(&bodies);
        let place = |function| order.iter().position(|&at| at == function).unwrap();
        assert_eq!(place(1).abs_diff(place(3)), 1, "{order:?}");
        let mut all = order.clone();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4], "each function has one place");
    }

    #[test]
    fn a_module_keeps_all_but_its_names() {
        use wasm_encoder::{CodeSection, Function, FunctionSection, Module, TypeSection};
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        let mut empty = Function::new([]);
        empty.instructions().end();
        for _ in 0..2 {
            functions.function(0);
            code.function(&empty);
        }
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&code);
        let bare = module.clone().finish();
        let mut names = NameSection::new();
        names.module("a name that goes");
        module.section(&names);

        let named = named_by_place(&module.finish()).unwrap();
        assert!(named.starts_with(&bare));
        assert!(named[bare.len()..].windows(8).any(|name| name == b"00000001"));
    }
}
