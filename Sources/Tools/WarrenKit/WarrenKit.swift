// What the author of a protocol needs, under one import. The modules below keep nearly everything
// `package`; what they make public is the face: `Reactor`, `ReactorEvent`, `Outbox`, `Peer`,
// `ChannelDescriptor`, `ChannelID`, `Instant`, `Random`, `NodeID`, `PeerID` and `CloseReason`.
//
// Whole modules are passed on, for typealiases would name the types and hide their members from
// whoever builds with member import visibility.
@_exported public import WarrenObservation
@_exported public import WarrenPrimitives
@_exported public import WarrenSwitch
