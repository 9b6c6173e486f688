//! Who holds which keys, and which others the collective relies on.

use super::{count, listed};
use crate::charter::field::{Field, Section};
use crate::charter::setting::at;

pub(in crate::charter) const SECTION: Section = Section {
    name: "keys",
    title: "Keys and partners",
    about: "A key is named by its public part. Where this says own, the node that founds the collective makes the \
            key, or has it.",
    fields: &[
        Field {
            name: "root",
            label: "root keys",
            question: "Which root keys are there (own, or public keys; separated by commas)?",
            meaning: "The root keys amend this charter and say which feeds and nodes are the collective's. Several, in \
                      several hands, keep one lost or stolen key from ending the collective.",
            sentence: "The root keys, which amend the charter and name the collective's feeds and nodes, are: {}.",
            shown: |d| listed(&d.root.keys, "none"),
            place: at!(root.keys),
            matters: |_| true,
        },
        Field {
            name: "root-threshold",
            label: "root keys that must sign",
            question: "How many of the root keys must sign?",
            meaning: "With more than one no single officer can change the rules.",
            sentence: "The root keys act together when {} sign.",
            shown: |d| format!("at least {} of them", d.root.threshold),
            place: at!(root.threshold),
            matters: |_| true,
        },
        Field {
            name: "governance",
            label: "governance keys",
            question: "Which governance keys are there (own, or public keys; separated by commas)?",
            meaning: "The governance keys enrol members, call ballots, release, and declare and lift what the rules \
                      allow them to. The founding node's own one makes daily work possible.",
            sentence: "The governance keys, which enrol, call ballots, release, strike, lift, withdraw, offer and \
                       grant, are: {}.",
            shown: |d| listed(&d.governance.keys, "none"),
            place: at!(governance.keys),
            matters: |_| true,
        },
        Field {
            name: "governance-threshold",
            label: "governance keys that must sign",
            question: "How many of the governance keys must sign?",
            meaning: "With more than one every release and every strike waits for several officers.",
            sentence: "The governance keys act together when {} sign.",
            shown: |d| format!("at least {} of them", d.governance.threshold),
            place: at!(governance.threshold),
            matters: |_| true,
        },
        Field {
            name: "next-root",
            label: "next root keys",
            question: "To which next root keys does the charter commit (own, digests, or none)?",
            meaning: "Only their digests are public. Once committed, nobody who steals a root key can put other keys \
                      in its place. With own, init makes the key: move its file off the machine.",
            sentence: "Root keys may be replaced only by keys with these digests: {}.",
            shown: |d| listed(&d.next_root, "any (none is committed to)"),
            place: at!(next_root),
            matters: |_| true,
        },
        Field {
            name: "liveness",
            label: "liveness keys",
            question: "Which keys may sign leases (own, public keys, or none)?",
            meaning: "A lease says that the collective is there and its control log is up to date. What is gated is \
                      served only under a fresh one, and an embargo's end is believed by nothing else.",
            sentence: "Leases are signed by: {}.",
            shown: |d| listed(&d.liveness, "nobody (none)"),
            place: at!(liveness),
            matters: |_| true,
        },
        Field {
            name: "lease-hours",
            label: "length of a lease",
            question: "How many hours does a lease last?",
            meaning: "A node cut off from the collective stops serving gated contributions after that long. 1 to 720.",
            sentence: "A lease lasts {}.",
            shown: |d| count(d.lease_hours, "hour"),
            place: at!(lease_hours),
            matters: |_| true,
        },
        Field {
            name: "witnesses",
            label: "witnesses",
            question: "Which partners' nodes witness (own, their writer keys, or none; separated by commas)?",
            meaning: "Witnesses confirm when they saw the control log, so nobody can add votes afterwards. Where a \
                      strike needs a ballot there must be at least one, or no ballot can ever close; a node does not \
                      witness for itself. A partner finds its key with `commonwheel charter key DATA/keys/writer`.",
            sentence: "The control log is witnessed by the nodes with the writer keys: {}.",
            shown: |d| listed(&d.witnesses, "none"),
            place: at!(witnesses),
            matters: |_| true,
        },
        Field {
            name: "stewards",
            label: "stewards",
            question: "Which collectives may contributions name as stewards (their ids, or none)?",
            meaning: "A steward, such as a union, can strike for the records whose authors name it, and for no others.",
            sentence: "Contributions may name these collectives as stewards, whose strikes then cover them too: {}.",
            shown: |d| listed(&d.stewards, "none"),
            place: at!(stewards),
            matters: |_| true,
        },
    ],
};
