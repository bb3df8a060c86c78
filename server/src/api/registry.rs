//! Every endpoint: its name, its row and its handler. One without a row or a handler doesn't compile.

use super::endpoints::{me, projects, tasks};
use super::{ApiAnswer, ApiError, Call, Endpoint};

macro_rules! endpoints {
    ($($operation:ident: $row:path, $handler:path;)+) => {
        /// Something that the API does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each one's row tells what it does")]
        pub enum Operation {
            $($operation,)+
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$operation,)+];

            /// Its row of the table.
            #[must_use]
            pub fn endpoint(self) -> &'static Endpoint {
                match self {
                    $(Self::$operation => const { &$row },)+
                }
            }

            /// Carries a request out.
            pub(super) async fn carry_out(self, call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
                match self {
                    $(Self::$operation => Box::pin($handler(call)).await,)+
                }
            }
        }
    };
}

endpoints! {
    ReadMe: me::READ, me::read;
    ListProjects: projects::LIST, projects::list;
    ReadProject: projects::READ, projects::read;
    CreateProject: projects::CREATE, projects::create;
    ReadTask: tasks::READ, tasks::read;
}
