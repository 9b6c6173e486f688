//! Writing the file: every key with its documentation, those without a value of their own as comments.

use std::fmt::Write as _;

use super::keys::{Key, TABLES};

/// Values of a new configuration, as TOML writes them, by the key's path.
pub(crate) type Values = std::collections::BTreeMap<&'static str, toml::Value>;

/// Writes a configuration with these values, and every other key as a commented example.
pub(crate) fn example(values: &Values) -> String {
    let mut text = String::from(
        "# Configuration of a Commonwheel node. Lines that begin with `# ` and a key show its default or an example.\n\
         # An unknown key is an error. Restart the node after a change.\n",
    );
    for (section, about, keys) in TABLES {
        if !section.is_empty() {
            write_line(&mut text, &format!("\n# {about}\n[{section}]"));
        }
        for key in keys {
            write_key(&mut text, key, values.get(key.path().as_str()));
        }
    }
    text
}

fn write_key(text: &mut String, key: &Key, value: Option<&toml::Value>) {
    text.push('\n');
    for line in key.docs {
        write_line(text, &format!("#{line}"));
    }
    match value {
        Some(value) => write_line(text, &format!("{} = {value}", key.name)),
        None => write_line(text, &format!("# {} = {}", key.name, key.example)),
    }
}

fn write_line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes whatever is written");
}
