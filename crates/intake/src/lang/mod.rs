//! Languages: tags as BCP 47 wants them, and a guess where the data is silent.

mod codes;
mod guess;

use commonwheel_record::terms::Language;

pub use guess::guess;

/// The tag a text means, with the shortest code for its language; none if it is no tag.
///
/// `swa` becomes `sw`, and three letters stay where there is no shorter code (`bbj`). Only the shape is checked:
/// whether a code is assigned is not.
pub fn tag(text: &str) -> Option<Language> {
    let text = text.trim().replace('_', "-");
    let (code, rest) = text.split_at(text.find('-').unwrap_or(text.len()));
    match codes::shortest(&code.to_ascii_lowercase()) {
        Some(short) => Language::parse(&format!("{short}{rest}")).ok(),
        None => Language::parse(&text).ok(),
    }
}

/// The tag for a language nobody named.
pub fn und() -> Language {
    Language::parse("und").expect("`und` has the shape of a tag")
}

/// Whether a tag names no language.
pub fn is_und(tag: &Language) -> bool {
    tag.as_str() == "und"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_take_their_usual_form() {
        for (text, tag) in [
            ("swa", "sw"),
            ("EN", "en"),
            ("twi", "tw"),
            ("bbj", "bbj"),
            ("pcm", "pcm"),
            ("pt_br", "pt-BR"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("deu-1996", "de-1996"),
            ("sl-rozaj", "sl-rozaj"),
            ("ger", "de"),
            ("iw", "he"),
            (" und ", "und"),
        ] {
            assert_eq!(super::tag(text).unwrap().as_str(), tag, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for text in [
            "",
            "e",
            "english",
            "en-",
            "-en",
            "en--US",
            "e1",
            "en-x-my-diary",
            "en-u-co-phonebk",
            "sw KE",
            "日本",
        ] {
            assert_eq!(tag(text), None, "{text:?}");
        }
    }

    #[test]
    fn normal_forms_are_stable() {
        for tag in ["sw", "pt-BR", "zh-Hant-TW", "de-1996"] {
            assert_eq!(super::tag(tag).unwrap().as_str(), tag);
        }
    }
}
