use super::*;

fn tokens(field: &str) -> Option<Vec<(&str, Option<&str>)>> {
    Some(dictionary(field)?.into_iter().map(|member| (member.key, member.token)).collect())
}

fn is_valid(value: &str) -> bool {
    let alone = dictionary(&format!("a={value}")).is_some();
    let as_parameter = dictionary(&format!("a;b={value}")).is_some();
    assert_eq!(alone, as_parameter, "{value} must be read alike as a member and as a parameter");
    alone
}

#[test]
fn members_keep_order_keys_and_tokens() {
    assert_eq!(tokens(""), Some(vec![]));
    assert_eq!(tokens("   "), Some(vec![]));
    assert_eq!(tokens("  a=y  "), Some(vec![("a", Some("y"))]));
    assert_eq!(
        tokens("a=y,b ,\t*c-1._=*x/:z;p;q=1"),
        Some(vec![("a", Some("y")), ("b", None), ("*c-1._", Some("*x/:z"))])
    );
    assert_eq!(tokens("a=y, a=\"y\""), Some(vec![("a", Some("y")), ("a", None)]));
}

#[test]
fn structure_is_strict() {
    for field in [
        "A=y",
        "1=y",
        "-a=y",
        "=y",
        ",",
        "a=",
        "a=y,",
        "a=y, ",
        "a=y,,b=n",
        "a=y b=n",
        "a y",
        "a =y",
        "a= y",
        "a=y;",
        "a=y;;b",
        "a=y;B",
        "a=y;b=",
        "a=y ;b",
        "\ta=y",
        "a=y\n",
        "a=é",
        "a=y,\nb=n",
        "a=y;\tb",
        "a=\0",
    ] {
        assert_eq!(tokens(field), None, "{field:?}");
    }
    for field in ["a=y; b", "a=y\t", "a=y \t "] {
        assert_eq!(tokens(field), Some(vec![("a", Some("y"))]), "{field:?}");
    }
}

#[test]
fn numbers_and_dates() {
    for valid in ["0", "-0", "42", "-999999999999999", "1.5", "-123456789012.123", "@0", "@-1", "@1659578233"]
    {
        assert!(is_valid(valid), "{valid}");
    }
    for wrong in [
        "-",
        "--1",
        "1000000000000000",
        "1.",
        ".5",
        "1.2345",
        "1234567890123.1",
        "-a",
        "+1",
        "1..2",
        "@",
        "@1.5",
        "1e3",
    ] {
        assert!(!is_valid(wrong), "{wrong}");
    }
}

#[test]
fn strings_and_booleans() {
    for valid in [r#""""#, r#""a b,;=""#, r#""\"\\""#, "?0", "?1"] {
        assert!(is_valid(valid), "{valid}");
    }
    for wrong in
        [r#"""#, r#""a"#, r#""\a""#, r#""\""#, "\"\t\"", "\"\u{7f}\"", "?", "?2", "?10", "?true", "'a'"]
    {
        assert!(!is_valid(wrong), "{wrong}");
    }
}

#[test]
fn byte_sequences() {
    for valid in ["::", ":aGk=:", ":aGk:", ":aA==:", ":aA:", ":+/+/:"] {
        assert!(is_valid(valid), "{valid}");
    }
    for wrong in [":", ":aGk=", ":a:", ":a===:", ":aGk==:", ":=:", ":aGkx=:", ":a=Gk:", ":a_-k:", ": :"] {
        assert!(!is_valid(wrong), "{wrong}");
    }
}

#[test]
fn display_strings() {
    for valid in [r#"%"""#, r#"%"a b""#, r#"%"f%c3%bc""#, r#"%"%22""#] {
        assert!(is_valid(valid), "{valid}");
    }
    for wrong in [r#"%"#, r#"%a"#, r#"%"a"#, r#"%"%C3%BC""#, r#"%"%c3""#, r#"%"%c""#, r#"%"%zz""#, "%\"\t\""]
    {
        assert!(!is_valid(wrong), "{wrong}");
    }
}

#[test]
fn inner_lists_are_read_and_are_no_tokens() {
    for valid in ["()", "(y)", "( y n )", "(y;p=1 \"n\";q);r", "(1 2.5 ?0)"] {
        assert_eq!(tokens(&format!("a={valid}")), Some(vec![("a", None)]), "{valid}");
    }
    for wrong in ["(", "(y", "(y n", "(y,n)", "((y))", "(y\"n\")", "(y\tn)", ")", "(y;)"] {
        assert_eq!(tokens(&format!("a={wrong}")), None, "{wrong}");
    }
    assert!(dictionary("a;b=(y)").is_none(), "a parameter holds a bare item only");
}

#[test]
fn length_is_bounded() {
    let longest = format!("a={}", "y".repeat(MAX_FIELD_BYTES - 2));
    assert!(dictionary(&longest).is_some());
    assert!(dictionary(&format!("{longest}y")).is_none());
}

/// Feeds every string of up to five characters over an alphabet of everything that means something: no panic, and
/// what is accepted is accepted again with a member appended, since members are independent.
#[test]
fn small_fields_never_panic_and_members_are_independent() {
    let alphabet = b"ay1A =,;\"%?@:(-.*";
    let mut field = String::new();
    for length in 0..=5_u32 {
        for mut number in 0..alphabet.len().pow(length) {
            field.clear();
            for _ in 0..length {
                field.push(char::from(alphabet[number % alphabet.len()]));
                number /= alphabet.len();
            }
            let alone = dictionary(&field).map(|members| members.len());
            if let Some(count) = alone.filter(|count| *count > 0) {
                let longer = format!("{field},z=n");
                assert_eq!(dictionary(&longer).map(|members| members.len()), Some(count + 1), "{field:?}");
            }
        }
    }
}
