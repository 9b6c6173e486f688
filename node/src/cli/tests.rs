//! The command line is understood as its help says.

use clap::CommandFactory as _;

use super::*;

const FEED: &str = "f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1";

fn parse(line: &str) -> Result<Cli, clap::Error> {
    let line = line.replace("FEED", FEED);
    Cli::try_parse_from(std::iter::once("commonwheel").chain(line.split(' ')))
}

#[test]
fn the_definition_holds_together() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_of_the_manual_is_understood() {
    for line in [
        "init --profile coop",
        "init --profile mirror --name lab --listen /ip4/127.0.0.1/tcp/0 --listen /ip4/127.0.0.1/udp/0/quic-v1",
        "run --data /tmp/x",
        "--data /tmp/x run",
        "demo",
        "demo --import export.json --keep",
        "status --json",
        "import export.json --licence CC-BY-4.0 --train deny --ai-use allow --domain health --tag a --tag b",
        "import - --license LicenseRef-x --aipref train-ai=n --attribution named --display-name Ana --anonymous",
        "waiting list --stage quarantined --limit 5",
        "waiting accept --all",
        "waiting accept FEED",
        "waiting reject FEED --reason no",
        "release cut",
        "release cut --mode gated --offer FEED/3 --licence MIT --range FEED/0..9",
        "release list",
        "release show FEED/4",
        "offer --title t --terms x --purpose train --condition pay",
        "offer --title t --terms-file f",
        "offer list --json",
        "grant --offer FEED/3 --to node:FEED --expires +30d",
        "grant list",
        "strike declare pause --domain health --demand pay",
        "strike declare rate-limit=100 --only collective:FEED --rung commitment --starts +3d --ends 2099-01-01",
        "strike declare --mandate FEED/5 --collective FEED --proposal 2 --key officer.key",
        "strike declare pause --emergency --ends +2h",
        "strike plan pause --curve c.csv --worst 0.99 --best 0.774372 --share 0.2",
        "strike plan --mandate FEED/5 --curve c.csv --worst -1 --best 1",
        "strike settle FEED/5 --condition pay --evidence f --with collective:FEED --mandate FEED/6",
        "strike lift FEED/5 --reason voted --domain health --mandate FEED/6",
        "strike lift FEED/5 --settlement FEED/7 --key officer.key",
        "strike status",
        "withdraw FEED/1 FEED/5..9 --class personal-data --rung commitment",
        "why FEED/1 --as FEED --purpose train",
        "why 12D3KooWExample",
        "verify",
        "verify --repair",
        "rebuild",
        "peer add /ip4/127.0.0.1/tcp/1/p2p/12D3KooWExample",
        "peer list",
        "collective list",
        "collective show FEED",
        "collective follow FEED",
        "feed list",
        "record show FEED/1 --body",
    ] {
        if let Err(error) = parse(line) {
            panic!("{line}: {error}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for line in [
        "init",
        "init --profile server",
        "import",
        "import x --train maybe",
        "import x --train deny --aipref train-ai=y",
        "waiting accept",
        "waiting accept FEED --all",
        "waiting reject --all",
        "release cut --mode gated",
        "release cut --range FEED/9..3",
        "offer",
        "offer --title t",
        "offer --title t --terms x --terms-file f",
        "offer list --title t",
        "grant --offer FEED/3",
        "grant --offer FEED/3 --to FEED",
        "strike declare",
        "strike declare rate-limit",
        "strike declare pause --mandate FEED/5 --emergency",
        "strike declare pause --proposal 1",
        "strike plan",
        "strike plan pause --curve c.csv --worst 0",
        "strike plan pause --share 0.2",
        "strike settle FEED/5 --condition pay",
        "strike declare pause --only node:FEED --except node:FEED",
        "strike declare pause --ends yesterday",
        "withdraw FEED/1",
        "withdraw --class preference",
        "record show FEED",
    ] {
        let error = parse(line).expect_err(line);
        assert_eq!(error.exit_code(), i32::from(Exit::Usage as u8), "{line}");
    }
}

#[test]
fn help_is_in_the_imperative_and_ends_without_a_stop() {
    fn walk(command: &clap::Command) {
        for sub in command.get_subcommands() {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(
                about.starts_with(char::is_uppercase) && !about.ends_with('.'),
                "{}: {about}",
                sub.get_name()
            );
            walk(sub);
        }
    }
    walk(&Cli::command());
}
