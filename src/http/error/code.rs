//! The problem code of each failure.

use super::ApiError;
use crate::domain::error::ValidationError;
use crate::domain::refusal::Refusal;
use crate::http::problem::ProblemCode;
use crate::store::StoreError;

pub(super) fn of(error: &ApiError) -> ProblemCode {
    match error {
        ApiError::Invalid(invalid) => of_invalid(invalid),
        ApiError::Store(store) => of_store(store),
        ApiError::TooLarge { .. } => ProblemCode::TooLarge,
        ApiError::UnsupportedMediaType { .. } | ApiError::EncodedBody => {
            ProblemCode::UnsupportedMediaType
        }
        ApiError::BodyTimeout => ProblemCode::Timeout,
        ApiError::NoRoute => ProblemCode::NotFound,
        ApiError::MethodNotAllowed { .. } => ProblemCode::MethodNotAllowed,
        ApiError::UpgradeRequired => ProblemCode::UpgradeRequired,
        ApiError::BadWebsocketKey | ApiError::HandshakeWithBody => ProblemCode::BadHandshake,
        ApiError::BadHost => ProblemCode::BadHost,
        ApiError::Unauthorized => ProblemCode::Unauthorized,
        ApiError::Forbidden(_) => ProblemCode::Forbidden,
        ApiError::Muted { .. } => ProblemCode::Muted,
        ApiError::TooManyRequests { .. } | ApiError::TooManySockets { .. } => {
            ProblemCode::RateLimited
        }
        ApiError::Panicked => ProblemCode::Internal,
        ApiError::ImportRunning => ProblemCode::ImportRunning,
        ApiError::Stopping => ProblemCode::Unavailable,
        ApiError::ImportCut { cause, .. } => of(cause),
    }
}

fn of_invalid(invalid: &ValidationError) -> ProblemCode {
    match invalid {
        ValidationError::Fields(_) => ProblemCode::Validation,
        ValidationError::UnknownFields(_) => ProblemCode::UnknownField,
        ValidationError::Query(_) => ProblemCode::InvalidQuery,
        ValidationError::IdempotencyKey => ProblemCode::InvalidIdempotencyKey,
        ValidationError::UnreadableFile { .. } => ProblemCode::UnreadableFile,
        ValidationError::BadJson(_) => ProblemCode::BadJson,
        ValidationError::BadBody => ProblemCode::BadBody,
        ValidationError::MissingFile => ProblemCode::MissingFile,
        ValidationError::UnsupportedImage { .. } => ProblemCode::UnsupportedImage,
        ValidationError::ImageTooLarge { .. } => ProblemCode::TooLarge,
    }
}

fn of_store(store: &StoreError) -> ProblemCode {
    match store {
        StoreError::Refused(refusal) => of_refusal(refusal),
        StoreError::IdempotencyMismatch => ProblemCode::IdempotencyMismatch,
        StoreError::KeysExhausted | StoreError::Unavailable(_) => ProblemCode::Unavailable,
        StoreError::Internal(_) => ProblemCode::Internal,
    }
}

fn of_refusal(refusal: &Refusal) -> ProblemCode {
    match refusal {
        Refusal::NotFound(_) => ProblemCode::NotFound,
        Refusal::DuplicateCode => ProblemCode::DuplicateCode,
        Refusal::VersionMismatch { .. } => ProblemCode::VersionMismatch,
        Refusal::NotForSale { .. } => ProblemCode::NotForSale,
        Refusal::InsufficientStock { .. } | Refusal::LinesShort { .. } => {
            ProblemCode::InsufficientStock
        }
        Refusal::EmptyCart => ProblemCode::EmptyCart,
        Refusal::PriceChanged { .. } => ProblemCode::PriceChanged,
        Refusal::CartFull | Refusal::TooManyThumbnails => ProblemCode::Validation,
    }
}
