//! Every page's address: one place parses paths, and the same place makes them.

/// One page of the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Where a visitor starts.
    Home,
}

impl Route {
    /// The page at a path, if there is one.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        match path {
            "/" => Some(Self::Home),
            _ => None,
        }
    }

    /// The path of the page.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Home => "/".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn a_route_is_found_at_its_own_path() {
        assert_eq!(Route::parse(&Route::Home.path()), Some(Route::Home));
        assert_eq!(Route::parse("/nothing"), None);
    }
}
