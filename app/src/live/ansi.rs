//! Terminal escape sequences in a log's lines: colours are kept, everything else is taken out, so
//! that no line can move, hide or rewrite what stands beside it.

/// How a part of a line looks. Only what a log needs: weight and the sixteen named colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Stronger.
    pub bold: bool,
    /// Weaker.
    pub dim: bool,
    /// One of the sixteen named colours, 0 to 15.
    pub colour: Option<u8>,
}

impl Style {
    /// The class names that show it; empty for plain text.
    #[must_use]
    pub fn classes(self) -> String {
        let mut classes = String::new();
        if self.bold {
            classes.push_str("ansi-bold ");
        }
        if self.dim {
            classes.push_str("ansi-dim ");
        }
        if let Some(colour) = self.colour {
            classes.push_str("ansi-");
            classes.push_str(&colour.to_string());
        }
        classes.truncate(classes.trim_end().len());
        classes
    }

    /// The style after the parameters of a "select graphic rendition" sequence.
    fn select(&mut self, parameters: &str) {
        let mut codes = parameters.split([';', ':']).map(|code| code.parse::<u16>().unwrap_or(0));
        while let Some(code) = codes.next() {
            match code {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                22 => (self.bold, self.dim) = (false, false),
                30..=37 => self.colour = u8::try_from(code - 30).ok(),
                90..=97 => self.colour = u8::try_from(code - 82).ok(),
                39 => self.colour = None,
                // An indexed or direct colour: its own parameters follow.
                38 | 48 => {
                    let index = match codes.next() {
                        Some(5) => codes.next(),
                        Some(2) => codes.by_ref().nth(2).map(|_| 256),
                        _ => None,
                    };
                    if code == 38 {
                        self.colour = index.filter(|i| *i < 16).and_then(|i| u8::try_from(i).ok());
                    }
                }
                _ => {}
            }
        }
    }
}

/// A part of a line in one style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span<'a> {
    /// How it looks.
    pub style: Style,
    /// Its text, without any escape sequence.
    pub text: &'a str,
}

/// The parts of a line. Each line begins plain: a tool that forgets to reset colours one line.
#[must_use]
pub fn spans(line: &str) -> Vec<Span<'_>> {
    let mut style = Style::default();
    let mut spans = vec![];
    let mut parts = line.split('\u{1b}').peekable();
    push(&mut spans, style, parts.next().unwrap_or_default());
    while let Some(part) = parts.next() {
        let is_terminated = parts.peek().is_some_and(|next| next.starts_with('\\'));
        let text = after_sequence(part, is_terminated, &mut style);
        push(&mut spans, style, text);
    }
    spans
}

/// The line's text alone.
#[must_use]
pub fn plain(line: &str) -> String {
    spans(line).into_iter().map(|span| span.text).collect()
}

fn push<'a>(spans: &mut Vec<Span<'a>>, style: Style, text: &'a str) {
    if !text.is_empty() {
        spans.push(Span { style, text });
    }
}

/// What follows the escape sequence that `part` begins with; `part` came after an escape
/// character. A sequence that breaks off takes only itself away, never the line after it.
fn after_sequence<'a>(part: &'a str, is_terminated: bool, style: &mut Style) -> &'a str {
    let mut chars = part.chars();
    match chars.next() {
        Some('[') => after_control(chars.as_str(), style),
        // A string for the terminal, such as a link's address, up to a bell or `ESC \`.
        Some(']' | 'P' | 'X' | '^' | '_') => match part.split_once('\u{7}') {
            Some((_, rest)) => rest,
            None if is_terminated => "",
            None => chars.as_str(),
        },
        Some(' '..='/') => {
            let rest = chars.as_str().trim_start_matches(|c| (' '..='/').contains(&c));
            let mut rest = rest.chars();
            rest.next();
            rest.as_str()
        }
        Some(_) => chars.as_str(),
        None => "",
    }
}

fn after_control<'a>(body: &'a str, style: &mut Style) -> &'a str {
    let is_parameter = |c: char| ('\u{20}'..='\u{3f}').contains(&c);
    let rest = body.trim_start_matches(is_parameter);
    let parameters = body.strip_suffix(rest).unwrap_or_default();
    let mut chars = rest.chars();
    match chars.next() {
        Some('m') => {
            style.select(parameters);
            chars.as_str()
        }
        Some('\u{40}'..='\u{7e}') => chars.as_str(),
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> Vec<(String, &str)> {
        spans(line).into_iter().map(|span| (span.style.classes(), span.text)).collect()
    }

    #[test]
    fn colours_and_weight_are_kept() {
        assert_eq!(
            shown("\u{1b}[1;31merror\u{1b}[0m: no \u{1b}[38;5;12mblue\u{1b}[39m x"),
            [
                ("ansi-bold ansi-1".to_owned(), "error"),
                (String::new(), ": no "),
                ("ansi-12".to_owned(), "blue"),
                (String::new(), " x"),
            ]
        );
        assert_eq!(
            shown("\u{1b}[92mok\u{1b}[m."),
            [("ansi-10".to_owned(), "ok"), (String::new(), ".")]
        );
    }

    #[test]
    fn direct_colours_take_their_parameters_along() {
        assert_eq!(plain("\u{1b}[38;2;1;31;3mx\u{1b}[48;5;1my"), "xy");
        assert_eq!(shown("\u{1b}[38;2;1;31;3mx"), [(String::new(), "x")]);
        assert_eq!(shown("\u{1b}[48;5;1;2mx"), [("ansi-dim".to_owned(), "x")]);
    }

    #[test]
    fn nothing_else_is_obeyed_and_nothing_is_lost() {
        for (line, text) in [
            ("a\u{1b}[2Kb\u{1b}[1;1Hc\u{1b}[?25ld", "abcd"),
            ("\u{1b}]8;;https://x\u{1b}\\link\u{1b}]8;;\u{1b}\\ after", "link after"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("\u{1b}]0;unended", "0;unended"),
            ("\u{1b}(Bx\u{1b}7y\u{1b}", "xy"),
            ("\u{1b}[31", ""),
            ("\u{1b}[é", "é"),
            ("\u{1b}[38;5", ""),
            ("é\u{1b}[99999999mß", "éß"),
            ("<b>&amp;", "<b>&amp;"),
        ] {
            assert_eq!(plain(line), text, "{line:?}");
        }
    }
}
