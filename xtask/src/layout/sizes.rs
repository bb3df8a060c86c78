//! How long files and functions may be.

use syn::visit::Visit;

use super::{Source, Violation};

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 80;

/// A file that no one reads to its end.
pub fn long_file(source: &Source<'_>) -> Vec<Violation> {
    let lines = source.text.lines().count();
    if lines <= FILE_LINES {
        return Vec::new();
    }
    vec![Violation::new(lines, format!("the file has {lines} lines; the ceiling is {FILE_LINES}"))]
}

/// Functions that no one holds in their head.
pub fn long_functions(file: &syn::File) -> Vec<Violation> {
    let mut long = LongFunctions(Vec::new());
    long.visit_file(file);
    long.0
}

struct LongFunctions(Vec<Violation>);

impl LongFunctions {
    /// Measures a function without its documentation, which may be as long as it needs to be.
    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.fn_token.span.start().line;
        let last = block.brace_token.span.close().end().line;
        let lines = last.saturating_sub(first) + 1;
        if lines > FUNCTION_LINES {
            let name = &signature.ident;
            let rule = format!("`{name}` has {lines} lines; the ceiling is {FUNCTION_LINES}");
            self.0.push(Violation::new(first, rule));
        }
    }
}

impl<'ast> Visit<'ast> for LongFunctions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, long_file, long_functions};

    #[test]
    fn eighty_lines_are_the_ceiling() {
        let function =
            |lines: usize| format!("fn f() {{\n{}}}\n", "let _ = 1;\n".repeat(lines - 2));
        assert!(long_functions(&syn::parse_file(&function(80)).unwrap()).is_empty());
        assert_eq!(long_functions(&syn::parse_file(&function(81)).unwrap()).len(), 1);
        let method = format!("impl X {{ {} }}", function(90));
        assert_eq!(long_functions(&syn::parse_file(&method).unwrap()).len(), 1);
    }

    #[test]
    fn four_hundred_lines_are_the_ceiling() {
        let file = |lines: usize| "\n".repeat(lines);
        assert!(long_file(&Source { path: "a.rs", text: &file(400) }).is_empty());
        assert_eq!(long_file(&Source { path: "a.rs", text: &file(401) }).len(), 1);
    }
}
