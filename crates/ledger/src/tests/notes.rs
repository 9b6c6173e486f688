use commonwheel_record::attestation::Head;
use commonwheel_record::{FeedId, Hash, KeyError, Manifest, PublicKey, SecretKey, Signature};

use super::{leaf, manifest, network, writer};
use crate::cosign;
use crate::envelope::{self, Envelope, base64, key_id, line};
use crate::note::{MAX_NOTE, NoteError, SignedHead, origin, text, verifier_key};
use crate::tree::{EMPTY_ROOT, MAX_SIZE};

fn unbase64<const N: usize>(text: &str) -> [u8; N] {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap().try_into().unwrap()
}

/// Splits an encoded key, `type ‖ key`.
fn typed_key(text: &str) -> (u8, [u8; 32]) {
    let [kind, key @ ..] = unbase64::<33>(text);
    (kind, key)
}

/// The example of the reference implementation of signed notes, Go's `sumdb/note`.
#[test]
fn go_note_vector() {
    let text = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n";
    let expected =
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
    let (_, seed) = typed_key("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
    let (kind, public) = typed_key("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    let key = SecretKey::from_seed(&seed);
    assert_eq!((kind, public), (envelope::ED25519, key.public().0));
    let id = key_id("PeterNeumann", kind, &key.public());
    assert_eq!(id, [0xc7, 0x4f, 0x20, 0xa3]);
    let line = line("PeterNeumann", id, &key.sign_raw(text.as_bytes()).0);
    assert_eq!(line, format!("\u{2014} PeterNeumann {expected}\n"));
    let note = format!("{text}\n{line}");
    let parsed = Envelope::parse(&note).unwrap();
    assert_eq!(parsed.text, text);
    assert_eq!(parsed.signatures("PeterNeumann", id).count(), 1);
    assert_eq!(parsed.signatures("PeterNeumann", [0; 4]).count(), 0);
    assert_eq!(parsed.signatures("EnochRoot", id).count(), 0);
}

/// The examples of the C2SP texts: a note whose text has an empty line, a verifier key, a cosigned checkpoint.
#[test]
fn c2sp_vectors() {
    let note = "This is an example message.\n\n\u{2014} example.com/foo \
                Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let (kind, key) = typed_key("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    let id = key_id("example.com/foo", kind, &PublicKey(key));
    assert_eq!(id, [0x53, 0x0d, 0x90, 0x3a]);
    let parsed = Envelope::parse(note).unwrap();
    let signature = Signature(parsed.signatures("example.com/foo", id).next().unwrap().try_into().unwrap());
    PublicKey(key).admit().unwrap().verify_raw(parsed.text.as_bytes(), &signature).unwrap();

    let poem = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n\
                ed \u{e8} subito sera.\n\n\u{2014} quasimodo.example/salvatore \
                NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    assert!(Envelope::parse(poem).unwrap().text.ends_with("sole:\n\ned \u{e8} subito sera.\n"));

    let checkpoint = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        \u{2014} example.com/behind-the-sofa \
        Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        \u{2014} witness.example.com/w1 \
        jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let parsed = Envelope::parse(checkpoint).unwrap();
    let bytes = parsed.signatures("witness.example.com/w1", [0x8d, 0x66, 0xcf, 0x3f]).next().unwrap();
    assert_eq!(cosign::split(bytes).unwrap().0, 1_679_315_147);
}

/// The checkpoint of Go's checksum database that C2SP's example is made of, which a public log did sign.
#[test]
fn a_public_checkpoint_verifies() {
    let text = "go.sum database tree\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let signed =
        "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=";
    let (kind, key) = typed_key("Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8");
    let id = key_id("sum.golang.org", kind, &PublicKey(key));
    let note = format!("{text}\n\u{2014} sum.golang.org {signed}\n");
    let parsed = Envelope::parse(&note).unwrap();
    let signature = Signature(parsed.signatures("sum.golang.org", id).next().unwrap().try_into().unwrap());
    PublicKey(key).admit().unwrap().verify_raw(parsed.text.as_bytes(), &signature).unwrap();
}

fn signed(size: u64) -> SignedHead {
    SignedHead::sign(&manifest(), &writer(), size, leaf(0, size))
}

#[test]
fn heads_round_trip_as_notes() {
    let manifest = manifest();
    for size in [1, 9, 10, 256, MAX_SIZE] {
        let head = signed(size);
        head.verify(&manifest).unwrap();
        let note = head.to_note(&manifest);
        assert_eq!(SignedHead::from_note(&manifest, &note), Ok(head));
        let lines: Vec<&str> = note.lines().collect();
        assert_eq!(lines[0], origin(&manifest));
        assert_eq!(lines[1], size.to_string());
        assert_eq!(unbase64::<32>(lines[2]), head.head.root.0);
        assert_eq!(lines[3], "");
        assert!(lines[4].starts_with(&format!("\u{2014} {} ", origin(&manifest))));
        assert_eq!(lines.len(), 5);
    }
    let empty = SignedHead::sign(&manifest, &writer(), 0, EMPTY_ROOT);
    assert_eq!(SignedHead::from_note(&manifest, &empty.to_note(&manifest)), Ok(empty));
}

#[test]
fn an_origin_names_network_and_feed() {
    let origin = origin(&manifest());
    let parts: Vec<&str> = origin.split('/').collect();
    assert_eq!(parts, ["commonwheel", &network().to_string()[..16], "feed", &manifest().id().to_string()]);
    assert!(verifier_key(&manifest()).starts_with(&format!("{origin}+")));
}

#[test]
fn every_changed_byte_of_a_note_is_refused() {
    let manifest = manifest();
    let head = signed(1234);
    let note = head.to_note(&manifest).into_bytes();
    for at in 0..note.len() {
        for bit in 0..8 {
            let mut bad = note.clone();
            bad[at] ^= 1 << bit;
            if let Ok(bad) = std::str::from_utf8(&bad) {
                assert!(SignedHead::from_note(&manifest, bad).is_err(), "byte {at} bit {bit}");
            }
        }
        let mut short = note.clone();
        short.remove(at);
        if let Ok(short) = std::str::from_utf8(&short) {
            assert!(SignedHead::from_note(&manifest, short).is_err(), "without byte {at}");
        }
        if let Ok(cut) = std::str::from_utf8(&note[..at]) {
            assert!(SignedHead::from_note(&manifest, cut).is_err(), "cut at {at}");
        }
    }
}

/// A note over any text under the writer's own valid signature.
fn signed_text(text: &str) -> String {
    let name = origin(&manifest());
    let id = key_id(&name, envelope::ED25519, &writer().public());
    format!("{text}\n{}", line(&name, id, &writer().sign_raw(text.as_bytes()).0))
}

#[test]
fn texts_that_are_no_checkpoint_are_refused_even_if_signed() {
    let manifest = manifest();
    let (origin, root) = (origin(&manifest), base64(&leaf(0, 1).0));
    let read = |text: &str| SignedHead::from_note(&manifest, &signed_text(text));
    assert!(read(&format!("{origin}\n7\n{root}\n")).is_ok());
    let bad = [
        format!("{origin}\n07\n{root}\n"),
        format!("{origin}\n+7\n{root}\n"),
        format!("{origin}\n-7\n{root}\n"),
        format!("{origin}\n\n{root}\n"),
        format!("{origin}\n7 \n{root}\n"),
        format!("{origin}\n0x7\n{root}\n"),
        format!("{origin}\n18446744073709551616\n{root}\n"),
        format!("{origin}\n7\n{}\n", root.trim_end_matches('=')),
        format!("{origin}\n7\n{root}=\n"),
        format!("{origin}\n7\n{}\n", base64(&[1; 31])),
        format!("{origin}\n7\n{}\n", base64(&[1; 33])),
        format!("{origin}\n7\n\n"),
        format!("{origin}\n7\n"),
        format!("{origin}\n7\n{root}\nextension\n"),
        format!("\n{origin}\n7\n{root}\n"),
        format!("{origin}\r\n7\r\n{root}\r\n"),
    ];
    for text in bad {
        assert!(matches!(read(&text), Err(NoteError::Malformed(_) | NoteError::Feed)), "{text:?}");
    }
    assert_eq!(read(&format!("{origin}x\n7\n{root}\n")), Err(NoteError::Feed));
    assert_eq!(read(&format!("{origin}\n{}\n{root}\n", MAX_SIZE + 1)), Err(NoteError::Head));
    assert_eq!(read(&format!("{origin}\n0\n{root}\n")), Err(NoteError::Head));
    assert_eq!(SignedHead::sign(&manifest, &writer(), 0, leaf(0, 0)).verify(&manifest), Err(NoteError::Head));
}

/// Base64 has several spellings of the same bytes: the last digit's unused bits must be zero.
#[test]
fn roots_have_one_spelling() {
    let manifest = manifest();
    let root = base64(&[0; 32]);
    assert!(root.ends_with("AAA="));
    let lax = format!("{}B=", &root[..42]);
    let text = format!("{}\n7\n{lax}\n", origin(&manifest));
    assert_eq!(SignedHead::from_note(&manifest, &signed_text(&text)), Err(NoteError::Malformed("root")));
}

#[test]
fn lines_of_other_keys_are_ignored_but_must_be_well_formed() {
    let manifest = manifest();
    let head = signed(9);
    let note = head.to_note(&manifest);
    let (text, own) = note.split_at(note.find("\n\n").unwrap() + 2);
    let other = SecretKey::from_seed(&[8; 32]);
    let witness = line("witness.example/w1", key_id("witness.example/w1", 4, &other.public()), &[0; 72]);
    let same_name = line(&origin(&manifest), key_id(&origin(&manifest), 1, &other.public()), &[1; 64]);
    let same_id = line("another", key_id(&origin(&manifest), 1, &manifest.writer), &[1; 64]);
    let read = |lines: &[&str]| SignedHead::from_note(&manifest, &format!("{text}{}", lines.concat()));
    assert_eq!(read(&[own, &witness, &same_name, &same_id]), Ok(head));
    assert_eq!(read(&[&witness, &same_id, own]), Ok(head));
    assert_eq!(read(&[own, own]), Ok(head));
    assert_eq!(read(&[&witness, &same_name]), Err(NoteError::Unsigned));
    let forged = line(&origin(&manifest), key_id(&origin(&manifest), 1, &manifest.writer), &[1; 64]);
    assert_eq!(read(&[own, &forged]), Err(NoteError::Key(KeyError::Signature)));
    assert_eq!(read(&[&forged[..forged.len() - 1], "\n"]), Err(NoteError::Key(KeyError::Signature)));
    let malformed =
        ["x", "\u{2014} ", "\u{2014} name", "\u{2014} name !\n", "\u{2014}  AAAAAAAA\n", "- name AAAAAAAA\n"];
    for bad in malformed {
        assert!(matches!(read(&[own, bad]), Err(NoteError::Malformed(_))), "{bad:?}");
    }
    for name in ["a+b", "a\u{2003}b", "a\u{a0}b", ""] {
        assert!(
            matches!(read(&[own, &line(name, [0; 4], &[0; 64])]), Err(NoteError::Malformed(_))),
            "{name:?}"
        );
    }
    assert!(matches!(read(&[own, &line("short", [0; 4], &[])]), Err(NoteError::Malformed(_))));
}

#[test]
fn notes_hold_no_control_characters() {
    let under = |text: &str| format!("{text}\n{}", line("name", [0; 4], &[0; 64]));
    assert!(Envelope::parse(&under("text\u{7f}\u{e8}\n")).is_ok());
    for text in ["te\txt\n", "text\r\n", "te\0xt\n", "te\u{1f}xt\n"] {
        let refused = Envelope::parse(&under(text)).map(|_| ());
        assert_eq!(refused, Err(NoteError::Malformed("control character")), "{text:?}");
    }
}

#[test]
fn notes_are_bounded() {
    let manifest = manifest();
    let note = signed(9).to_note(&manifest);
    let short = line("w", [0; 4], &[0; 1]);
    assert!(SignedHead::from_note(&manifest, &format!("{note}{}", short.repeat(31))).is_ok());
    let many = SignedHead::from_note(&manifest, &format!("{note}{}", short.repeat(32)));
    assert_eq!(many, Err(NoteError::Malformed("too many signatures")));
    let long = format!("{note}{}", line("w", [0; 4], &[0; MAX_NOTE]));
    assert_eq!(SignedHead::from_note(&manifest, &long), Err(NoteError::TooLong));
}

#[test]
fn a_head_is_bound_to_its_feed_key_and_network() {
    let manifest = manifest();
    let head = signed(9);
    let note = head.to_note(&manifest);
    let others = [
        Manifest { writer: SecretKey::from_seed(&[8; 32]).public(), ..manifest.clone() },
        Manifest { network: commonwheel_record::NetworkId::named("another"), ..manifest.clone() },
        Manifest { collective: commonwheel_record::CollectiveId([6; 32]), ..manifest.clone() },
    ];
    for other in others {
        assert_eq!(head.verify(&other), Err(NoteError::Feed));
        assert_eq!(SignedHead::from_note(&other, &note), Err(NoteError::Feed));
        let renamed = SignedHead { head: Head { feed: other.id(), ..head.head }, ..head };
        assert_eq!(renamed.verify(&other), Err(NoteError::Key(KeyError::Signature)));
    }
    let wrong_key = SignedHead::sign(&manifest, &SecretKey::from_seed(&[8; 32]), 9, leaf(0, 9));
    assert_eq!(wrong_key.verify(&manifest), Err(NoteError::Key(KeyError::Signature)));
}

#[test]
fn cosignatures_verify_and_travel_in_notes() {
    let (manifest, network) = (manifest(), network());
    let witness = SecretKey::from_seed(&[8; 32]);
    let head = signed(9);
    let cosigned = cosign::cosign(&network, &witness, head.head, 1_700_000_000);
    cosign::verify(&cosigned, &network, &witness.public()).unwrap();
    let expected = format!("cosignature/v1\ntime 1700000000\n{}", text(&network, &head.head));
    witness.public().admit().unwrap().verify_raw(expected.as_bytes(), &cosigned.signature).unwrap();

    let name = cosign::name(&network, &witness.public());
    let line = cosign::line(&cosigned, &name, &witness.public()).unwrap();
    let note = format!("{}{line}", head.to_note(&manifest));
    assert_eq!(SignedHead::from_note(&manifest, &note), Ok(head));
    assert_eq!(cosign::from_note(&manifest, &note, &name, &witness.public()), Ok(vec![cosigned.clone()]));
    let absent = cosign::from_note(&manifest, &note, "another", &witness.public());
    assert_eq!(absent, Err(NoteError::Unsigned));
    assert!(cosign::line(&cosigned, "a b", &witness.public()).is_err());
    assert!(cosign::verifier_key(&name, &witness.public()).starts_with(&name));

    let mut wrong = vec![cosigned.clone(); 5];
    wrong[0].time += 1;
    wrong[1].head.size += 1;
    wrong[2].head.root = Hash([1; 32]);
    wrong[3].head.feed = FeedId([1; 32]);
    wrong[4].signature.0[0] ^= 1;
    for wrong in wrong {
        assert!(cosign::verify(&wrong, &network, &witness.public()).is_err());
    }
    assert!(cosign::verify(&cosigned, &network, &writer().public()).is_err());
    let impossible = Head { size: 0, ..head.head };
    let cosigned = cosign::cosign(&network, &witness, impossible, 1_700_000_000);
    assert_eq!(cosign::verify(&cosigned, &network, &witness.public()), Err(NoteError::Head));
    for time in [0, cosign::MAX_TIME + 1] {
        let cosigned = cosign::cosign(&network, &witness, head.head, time);
        assert_eq!(cosign::verify(&cosigned, &network, &witness.public()), Err(NoteError::Time));
    }
}
