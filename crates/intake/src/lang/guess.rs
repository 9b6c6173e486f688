//! A guess at a text's language, taken only where the detector calls itself reliable.

use commonwheel_record::terms::Language;

/// Text looked at, in bytes: more changes no answer and costs time on huge items.
const SAMPLE_BYTES: usize = 4 * 1024;

/// Fewest letters a guess is worth taking from.
const MIN_LETTERS: usize = 24;

/// Guesses the language of some texts; none where there is too little of it or the detector is unsure.
pub fn guess<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Language> {
    let sample = sample(texts);
    if sample.chars().filter(|c| c.is_alphabetic()).count() < MIN_LETTERS {
        return None;
    }
    let info = whatlang::detect(&sample).filter(whatlang::Info::is_reliable)?;
    // The detector knows one Chinese and one Persian, by the code of a variety; the text may be of another.
    let code = match info.lang().code() {
        "cmn" => "zh",
        "pes" => "fa",
        code => code,
    };
    super::tag(code)
}

fn sample<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut sample = String::new();
    for text in texts {
        let room = SAMPLE_BYTES.saturating_sub(sample.len());
        sample.push_str(&text[..text.floor_char_boundary(room)]);
        sample.push('\n');
        if sample.len() >= SAMPLE_BYTES {
            break;
        }
    }
    sample
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess_one(text: &str) -> Option<String> {
        guess(std::iter::once(text)).map(|tag| tag.to_string())
    }

    #[test]
    fn plain_sentences_are_recognised() {
        let german =
            "Am nächsten Morgen gingen wir gemeinsam über die Brücke und kauften frisches Brot für alle.";
        let chinese =
            "我们昨天在市场上买了很多新鲜的蔬菜和水果，然后一起回家做了一顿丰盛的晚饭，大家都很高兴。";
        assert_eq!(guess_one(german).as_deref(), Some("de"));
        assert_eq!(guess_one(chinese).as_deref(), Some("zh"));
    }

    #[test]
    fn little_or_no_text_gives_no_guess() {
        for text in
            ["", "ok", "12345 67890 12345 67890 12345 67890", "!!! ??? ... --- +++ === /// *** ((( )))"]
        {
            assert_eq!(guess_one(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_sample_ends_at_a_character() {
        let text = "é".repeat(SAMPLE_BYTES);
        assert!(sample(std::iter::once(text.as_str())).len() <= SAMPLE_BYTES + 1);
        assert!(sample([text.as_str(), text.as_str()].into_iter()).len() <= SAMPLE_BYTES + 2);
    }
}
