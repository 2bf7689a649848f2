namespace UserTcp.Cli.Services;

/// <summary>The answers of <see cref="PlaintextService"/>; all but the first two end the connection.</summary>
internal enum PlaintextAnswer
{
    /// <summary>200 with the body.</summary>
    Body,

    /// <summary>200 to HEAD: the same head, and no body.</summary>
    NoBody,

    /// <summary>200 with the body; the request asks for the end of the connection, or is of HTTP/1.0.</summary>
    BodyAndClose,

    /// <summary>The same to HEAD.</summary>
    NoBodyAndClose,

    /// <summary>400: not as RFC 9112 has it, or not in one way only.</summary>
    BadRequest,

    /// <summary>405: a method of RFC 9110 that is not for this resource.</summary>
    MethodNotAllowed,

    /// <summary>408: the head did not come to its end in time.</summary>
    RequestTimeout,

    /// <summary>413: the request announces a body.</summary>
    ContentTooLarge,

    /// <summary>431: the head is longer than <see cref="PlaintextHead.MaxLength"/>.</summary>
    HeadTooLarge,

    /// <summary>501: an unknown method, or a transfer coding.</summary>
    NotImplemented,

    /// <summary>505: neither HTTP/1.1 nor HTTP/1.0.</summary>
    VersionNotSupported,
}
