//! The access table: rules as rows, roles as columns.

use std::fmt::Write;

use super::config::Allow;
use super::explain::{Chance, chance};
use super::{Policy, Rule};

/// Rules as rows, roles as columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The column headings.
    pub heads: Vec<String>,
    /// The rules.
    pub rows: Vec<Row>,
}

/// One path pattern of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Host, methods and path.
    pub route: String,
    /// The line of the rule in the file.
    pub line: usize,
    /// One for each column.
    pub cells: Vec<Chance>,
    /// The requirements of the rule, if a mark cannot express them.
    pub asks: String,
}

impl Policy {
    /// The access table of a policy.
    pub fn table(&self) -> Table {
        let roles = self.roles();
        let mut heads = vec!["no token".to_owned(), "any token".to_owned()];
        heads.extend(roles.iter().map(|role| (*role).to_owned()));
        let mut rows = Vec::new();
        for rule in &self.rules {
            let open = if rule.allow == Allow::SignedIn { Chance::No } else { Chance::Yes };
            let mut cells = vec![open, chance(&rule.tests, None)];
            cells.extend(roles.iter().map(|role| chance(&rule.tests, self.roles.get(role))));
            for pattern in &rule.patterns {
                let route = route(rule, &pattern.to_string());
                rows.push(Row { route, line: rule.line, cells: cells.clone(), asks: asks(rule) });
            }
        }
        Table { heads, rows }
    }
}

fn route(rule: &Rule, path: &str) -> String {
    let methods = if rule.method_names.is_empty() { "*".to_owned() } else { rule.method_names.join("|") };
    let hosts = if rule.hosts.is_empty() { String::new() } else { format!(" @ {}", rule.hosts.join(", ")) };
    format!("{methods} {path}{hosts}")
}

fn asks(rule: &Rule) -> String {
    if chance(&rule.tests, None) == Chance::Yes {
        return String::new();
    }
    rule.tests.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

const LEGEND: &str =
    "yes: allowed   if: depends on claims or path ownership   -: denied   requests matching no rule are denied";

impl Table {
    /// As text for a terminal.
    pub fn text(&self) -> String {
        let route_width = self.rows.iter().map(|row| row.route.chars().count()).max().unwrap_or(0).max("route".len());
        let mut text = format!("{:<route_width$}", "route");
        for head in &self.heads {
            let _ = write!(text, "  {head}");
        }
        text.push_str("  asks\n");
        for row in &self.rows {
            let _ = write!(text, "{:<route_width$}", row.route);
            for (head, cell) in self.heads.iter().zip(&row.cells) {
                let _ = write!(text, "  {:<width$}", mark(*cell), width = head.chars().count());
            }
            let _ = writeln!(text, "  {}", row.asks);
        }
        text.push_str(LEGEND);
        text.push('\n');
        text
    }

    /// As a complete HTML page.
    pub fn html(&self) -> String {
        let mut html = String::from(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Who can do what</title>\n<style>\n\
             body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#1b1b1f;background:#fff}\n\
             table{border-collapse:collapse}th,td{border:1px solid #c8c8d0;padding:.3rem .7rem;text-align:left}\n\
             thead th{position:sticky;top:0;background:#f3f3f7}td.yes{background:#dcf3e1}td.if{background:#fdf0cf}\n\
             code{font-size:14px}\n\
             @media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#17171b}thead th{background:#24242b}\
             th,td{border-color:#44444e}td.yes{background:#1d4028}td.if{background:#4a3d14}}\n\
             </style></head><body>\n<h1>Who can do what</h1>\n<table><thead><tr><th scope=\"col\">Route</th>",
        );
        for head in &self.heads {
            let _ = write!(html, "<th scope=\"col\">{}</th>", escape(head));
        }
        html.push_str("<th scope=\"col\">Asks</th><th scope=\"col\">Line</th></tr></thead><tbody>\n");
        for row in &self.rows {
            let _ = write!(html, "<tr><th scope=\"row\"><code>{}</code></th>", escape(&row.route));
            for cell in &row.cells {
                let class = if *cell == Chance::No { "no" } else { mark(*cell) };
                let _ = write!(html, "<td class=\"{class}\">{}</td>", mark(*cell));
            }
            let _ = writeln!(html, "<td>{}</td><td>{}</td></tr>", escape(&row.asks), row.line);
        }
        let _ = write!(html, "</tbody></table>\n<p>{LEGEND}</p>\n</body></html>\n");
        html
    }
}

const fn mark(cell: Chance) -> &'static str {
    match cell {
        Chance::Yes => "yes",
        Chance::Depends => "if",
        Chance::No => "-",
    }
}

/// Escapes text for HTML, for element content and attributes.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
