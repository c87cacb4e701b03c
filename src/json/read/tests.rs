use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Unfit, read};

#[derive(Debug, PartialEq, Deserialize)]
struct Plain {
    text: String,
    number: i64,
    flag: bool,
    maybe: Option<u32>,
    #[serde(default)]
    list: Vec<Kind>,
    #[serde(default = "seven")]
    float: f64,
}

#[derive(Debug, PartialEq, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Nested {
    one_name: String,
    inner: Option<Box<Nested>>,
    map: BTreeMap<String, Pair>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Unit,
    New(String),
    Tuple(u8, u8),
    Named { value: u16, other: Option<String> },
}

#[derive(Debug, PartialEq, Deserialize)]
struct Pair(String, i32);

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapper(Vec<(String, usize)>);

fn seven() -> f64 {
    7.0
}

/// What is read here is what `serde_json` reads, and what is refused here it refuses as well, for the same reason.
fn same<T: DeserializeOwned + PartialEq + Debug>(texts: &[&str]) {
    for text in texts {
        match (read::<T>(text), serde_json::from_str::<T>(text)) {
            (Ok(read), Ok(known)) => assert_eq!(read, known, "{text}"),
            (Err(unfit), Err(error)) => {
                let reason = |text: String| text.split([',', '`', ':']).next().map(str::to_owned);
                let same = unfit.is_syntax() || reason(unfit.to_string()) == reason(error.to_string());
                assert!(same, "{text}: {unfit}, but {error}");
            }
            (read, known) => panic!("{text}: {read:?}, but {known:?}"),
        }
    }
}

fn refused<T: DeserializeOwned + Debug>(text: &str) -> Unfit {
    let unfit = read::<T>(text).unwrap_err();
    assert!(!unfit.to_string().is_empty());
    unfit
}

#[test]
fn structs_are_read_as_by_serde_json() {
    same::<Plain>(&[
        r#"{"text": "a\n\u00e9", "number": -5, "flag": true, "maybe": 3, "list": [], "float": 1}"#,
        r#"{"float": 1.5, "maybe": null, "flag": false, "number": 9007199254740993, "text": ""}"#,
        r#"{"text": "a", "number": 1}"#,
        r#"{"text": "a", "number": 1.5, "flag": true}"#,
        r#"{"text": "a", "number": "1", "flag": true}"#,
        r#"{"text": null, "number": 1, "flag": true}"#,
        r#"{"text": "a", "number": 1, "flag": true, "maybe": -1}"#,
        r#"{"text": "a", "number": 1, "flag": true, "maybe": 4294967296}"#,
        r#"{"text": "a", "number": 1, "flag": true, "list": null}"#,
        r#"{"text": "a", "text": "a", "number": 1, "flag": true}"#,
        r#"{"text": "a", "number": 1, "flag": true"#,
        r#"{"text": "a", "number": 1, "flag": true}}"#,
        r"{}",
        "5",
        "null",
        "",
    ]);
}

#[test]
fn enums_are_read_as_by_serde_json() {
    same::<Vec<Kind>>(&[
        r#"["unit", {"unit": null}, {"new": "x"}, {"tuple": [1, 2]}, {"named": {"value": 1}}]"#,
        r#"[{"named": {"other": "x", "value": 65535}}]"#,
        r#"["neu"]"#,
        r#"[{"neu": 1}]"#,
        r#"["new"]"#,
        r#"[{"unit": 1}]"#,
        r#"[{"new": 1}]"#,
        r#"[{"named": {}}]"#,
        r#"[{"named": 1}]"#,
        r#"[{"named": {"value": 65536}}]"#,
    ]);
    for text in ["[1]", "[{}]", r#"[{"unit": null, "new": "x"}]"#, r#"[{"tuple": [1]}]"#, r#"[{"tuple": [1, 2, 3]}]"#] {
        assert!(serde_json::from_str::<Vec<Kind>>(text).is_err(), "{text}");
        assert!(refused::<Vec<Kind>>(text).to_string().starts_with("invalid "), "{text}");
    }
}

#[test]
fn what_is_inside_is_read_as_by_serde_json() {
    same::<Nested>(&[
        r#"{"one-name": "a", "inner": {"inner": null}, "map": {"b": ["x", 1], "a": ["y", -2]}}"#,
        r#"{"inner": {"inner": {"one-name": 5}}}"#,
        r#"{"map": {"a": "x"}}"#,
        r#"{"map": []}"#,
        "{}",
    ]);
    same::<Wrapper>(&["[]", r#"[["a", 1], ["b", 2]]"#, r#"[["a"]]"#, r#"[["a", -1]]"#, "{}"]);
    same::<serde_json::Value>(&[r#"{"a": [1, -1, 1.5, "x", null, true, {"b": {}}], "b": "\ud83d\ude00"}"#, "nul"]);
}

#[test]
fn members_without_a_name_here_are_passed_over() {
    let text = r#"{"one-name": "a", "else": {"inner": [1]}}"#;
    assert_eq!(read::<Nested>(text).unwrap(), Nested { one_name: "a".to_owned(), ..Nested::default() });
}

#[test]
fn a_refusal_names_the_field() {
    let refusal = |text: &str| refused::<Plain>(text).to_string();
    assert_eq!(refusal(r#"{"text": "a", "flag": true}"#), "missing field `number`");
    assert_eq!(refusal(r#"{"text": "a", "flag": true, "flag": true, "number": 1}"#), "duplicate field `flag`");
    assert_eq!(refusal(r#"{"text": 5, "flag": true, "number": 1}"#), "invalid type: integer `5`, expected a string");
    for found in ["true", "7", "-7", "1.0", "-2.5e-300", "null", "[]", "{}"] {
        let text = format!(r#"{{"text": {found}, "flag": true, "number": 1}}"#);
        let known = serde_json::from_str::<Plain>(&text).unwrap_err().to_string();
        assert_eq!(refusal(&text), known.split(" at line ").next().unwrap());
    }
    assert_eq!(refusal("[]"), "invalid type: sequence, expected struct Plain", "an array is no object");
    assert!(refused::<Plain>("{").is_syntax());
    let deep = "[".repeat(100_000);
    assert!(refused::<serde_json::Value>(&deep).is_syntax());
}
