//! The file is read as written, and every mistake is told with its line and what to do.

use std::os::unix::fs::PermissionsExt as _;

use super::keys::{TABLES, listen};
use super::parse::parse;
use super::*;

const LEAST: &str = "name = \"n\"\nprofile = \"mirror\"\nguard = \"/g\"\n";

fn read(text: &str) -> Result<Config, ConfigError> {
    parse(Path::new("config.toml"), text)
}

/// The error a text gives, with what to do.
fn told(text: &str) -> String {
    let error = read(text).expect_err(text);
    format!("{error} | {}", error.fix())
}

#[test]
fn the_least_file_takes_the_defaults() {
    let config = read(LEAST).unwrap();
    assert_eq!(config.listen, listen());
    assert_eq!(config.network, "commonwheel");
    assert_eq!(config.log.level, "info");
    assert_eq!(config.socket(Path::new("/d")), Path::new("/d/api.sock"));
    assert_eq!(config.settings(Path::new("/d")).guard, Path::new("/g"));
}

#[test]
fn every_example_is_valid_and_every_default_is_the_example() {
    let required = ["name", "profile", "guard"];
    let default = read(LEAST).unwrap();
    for (section, _, keys) in TABLES {
        for key in keys {
            let table = if section.is_empty() { String::new() } else { format!("[{section}]\n") };
            let line = format!("{} = {}\n", key.name, key.example);
            if required.contains(&key.name) {
                let others: String =
                    LEAST.lines().filter(|l| !l.starts_with(key.name)).map(|l| format!("{l}\n")).collect();
                read(&format!("{others}{line}")).unwrap_or_else(|error| panic!("{error}"));
            } else {
                assert_eq!(read(&format!("{LEAST}{table}{line}")).unwrap(), default, "{}", key.path());
            }
        }
    }
}

#[test]
fn what_init_writes_is_read_back_and_documents_every_key() {
    let values = Values::from([
        ("name", "Riverside \"co-op\"".into()),
        ("profile", "coop".into()),
        ("guard", "/g".into()),
        ("listen", toml::Value::from(vec!["/ip4/127.0.0.1/tcp/0"])),
        ("log.level", "debug".into()),
    ]);
    let text = example(&values);
    let config = read(&text).unwrap();
    assert_eq!(config.name, "Riverside \"co-op\"");
    assert_eq!(config.listen, ["/ip4/127.0.0.1/tcp/0"]);
    assert_eq!(config.log.level, "debug");
    for (_, _, keys) in TABLES {
        for key in keys {
            let plain = text.lines().filter(|line| line.starts_with(&format!("{} = ", key.name))).count();
            let comment = text.lines().filter(|line| line.starts_with(&format!("# {} = ", key.name))).count();
            assert_eq!(plain + comment, 1, "{}", key.path());
        }
    }
}

#[test]
fn an_unknown_key_is_told_with_its_line_and_the_nearest() {
    let line_four = |extra: &str| told(&format!("{LEAST}{extra}"));
    for (extra, message, nearest) in [
        ("folow = []", "config.toml:4: unknown key `folow`", "`follow`"),
        ("lsiten = []", "config.toml:4: unknown key `lsiten`", "`listen`"),
        ("partner = []", "config.toml:4: unknown key `partner`", "`partners`"),
        ("level = \"info\"", "config.toml:4: unknown key `level`", "`log.level`"),
        ("lvel = \"info\"", "config.toml:4: unknown key `lvel`", "`log.level`"),
        ("[log]\nlvel = \"info\"", "config.toml:5: unknown key `log.lvel`", "`log.level`"),
        ("[logg]\nlevel = \"info\"", "config.toml:4: unknown key `logg`", "`[log]`"),
        ("[select]\npeers = []", "config.toml:5: unknown key `select.peers`", "`peers`"),
        ("api.sockt = \"x\"", "config.toml:4: unknown key `api.sockt`", "`api.socket`"),
    ] {
        let told = line_four(extra);
        assert!(told.starts_with(message) && told.contains(nearest), "{told}");
    }
    assert!(told("x = 1\ny = 2\n").contains("config.toml:1: unknown key `x`"), "the first one");
}

#[test]
fn a_wrong_value_is_told_with_its_line() {
    for (extra, expected) in [
        ("follow = [\"zz\"]", "config.toml:4: an id is 64 hexadecimal digits"),
        ("purpose = \"fun\"", "expected one of replicate, train"),
        ("listen = 4150", "config.toml:4: invalid type: integer"),
        ("log = 3", "invalid type: integer"),
        ("[log]\nformat = \"xml\"", "config.toml:5: unknown variant `xml`"),
        ("[select]\nlicences = [\"no such\"]", "config.toml:5:"),
        ("name = \"twice\"", "config.toml:4: duplicate key"),
        ("= 3", "config.toml:4:"),
    ] {
        let told = told(&format!("{LEAST}{extra}\n"));
        assert!(told.contains(expected), "{told}");
    }
    assert!(told("profile = \"mirror\"\nguard = \"g\"").contains("missing field `name`"));
    assert!(
        told("name = \"n\"\nprofile = \"server\"\nguard = \"g\"").contains("expected one of coop, mirror")
    );
}

#[test]
fn a_new_file_is_private_and_replaces_none() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Config::load(dir.path()), Err(ConfigError::Missing(_))));
    write_new(dir.path(), LEAST).unwrap();
    let mode = fs::metadata(path(dir.path())).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(Config::load(dir.path()).unwrap().name, "n");
    assert!(matches!(write_new(dir.path(), LEAST), Err(ConfigError::Exists(_))));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left over");
}
