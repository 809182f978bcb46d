/** Every bound a peer can meet, each with its reason. Units are in the names. */

/** Longest client frame [SOCK-4]: 5,000 code points of text fit four times over. */
export const maxClientFrameBytes = 64 * 1024;
/** Longest server frame [SOCK-4]: a resume of 256 KiB is cut into frames of this size. */
export const maxServerFrameBytes = 256 * 1024;
/** Most events one client frame may carry: bounds the work of one turn. */
export const maxEventsPerFrame = 64;
/** Bad frames in a row before the socket is closed with 4400 [SOCK-3]. */
export const maxBadFramesInARow = 10;
/** Rate-limited frames in a row before the socket is closed with 4429 [LIMIT-1]. */
export const maxLimitedFramesInARow = 100;
/** Past this many unsent bytes a socket gets no typing or presence any more. */
export const softBufferedBytes = 256 * 1024;
/** Past this many unsent bytes a socket is closed with 4408: its client resumes. */
export const hardBufferedBytes = 1024 * 1024;

/** Sockets one user may hold open to one room [SOCK-7]. */
export const maxRoomSocketsPerUser = 5;
/** Inbox sockets one user may hold open [SOCK-7]. */
export const maxInboxSocketsPerUser = 10;

/** Members of one room, the owner included [GROUP-1]. */
export const maxMembers = 1_000;
/** Most members one call adds: told in one frame. */
export const maxMembersPerCall = 200;
/** Most members one page lists. */
export const maxMembersPageSize = 200;
/** Above this many members, members and cursors are paged instead of pushed [SYNC-2]. */
export const largeRoomMembers = 100;

/** Text of one message [SEND-5]. */
export const maxTextCodePoints = 5_000;
/** The same in UTF-8: combining marks make code points cheap to abuse. */
export const maxTextBytes = 16 * 1024;
export const maxDisplayNameCodePoints = 64;
export const maxChatNameCodePoints = 80;

/** Messages a resume brings before it becomes a reset [SYNC-2]. */
export const maxResumeMessages = 500;
/** Bytes of messages a resume brings before it becomes a reset [SYNC-2]: with the members around them they fit one frame. */
export const maxResumeBytes = 192 * 1024;
/** Messages that come with a reset or a first welcome [SYNC-2]. */
export const welcomeMessages = 50;
/** Chats a resumed inbox is told of before it starts over [INBOX-1]: with the longest names they fit one frame. */
export const maxInboxResumeChats = 100;
export const defaultPageSize = 50;
export const maxPageSize = 100;

/** Shortest and longest life of a message [EXP-2]: 4 weeks. */
export const minExpirySeconds = 1;
export const maxExpirySeconds = 2_419_200;
/** Tombstones, and with them the memory of used ids, are kept this long [EXP-4] [SEND-2]. */
export const tombstoneRetentionMs = 30 * 24 * 60 * 60 * 1000;

/** Own messages deleted sooner than this, and read by nobody, are as if they had never been sent [SEND-6]. */
export const undoWindowMs = 10_000;

/** A chat that is muted until then is muted for ever: the end of the year 9999. */
export const muteForeverAt = 253_402_300_799_000;

/** Devices of one user that are told by push: the longest unused gives way [INBOX-5]. */
export const maxPushSubscriptions = 20;
/** Longest address of a push service: those of today's browsers have some 250 characters. */
export const maxPushEndpointLength = 1_024;

/** Users one inbox socket may watch [INBOX-6]. */
export const maxWatched = 200;
/** Clients say this often whom they watch, while somebody looks: the server forgets it after 5 min [INBOX-6]. */
export const watchRepeatMs = 2 * 60 * 1000;

/** Typing shows for this long without a repeat [LIVE-1]. */
export const typingTtlMs = 5_000;
/** At most one typing event a user in this time [LIVE-1]. */
export const typingMinIntervalMs = 2_000;
/** How often a client repeats typing_start while its user types [LIVE-1]. */
export const typingRepeatMs = 3_000;

/** Largest JSON body of a REST call that carries no media. */
export const maxJsonBodyBytes = 64 * 1024;
/** Largest image [MEDIA-1]. */
export const maxImageBytes = 12 * 1024 * 1024;
/** Side of a user's picture, a square: the largest the page shows, on a screen of three pixels a point. */
export const avatarSidePx = 256;
/** Largest video, and longest in milliseconds [MEDIA-1]. */
export const maxVideoBytes = 50 * 1024 * 1024;
export const maxVideoMs = 60_000;
/** A recorder told to stop at the limit stops at the end of a frame: what is a little longer is still taken. */
export const maxVideoOverrunMs = 1_000;
/** Largest audio [MEDIA-1]; and longest, since a view-once lease lasts as long as what it opens plays. */
export const maxAudioBytes = 10 * 1024 * 1024;
export const maxAudioMs = 2 * 60 * 60 * 1000;
/** Largest file of any other type [MEDIA-1]. */
export const maxFileBytes = 25 * 1024 * 1024;
/** A file's name as shown: more does not fit the file systems it will be saved to. */
export const maxFileNameBytes = 200;
/** An upload's URL works for this long. */
export const uploadUrlSeconds = 600;
/** Most pixels an image may claim [MEDIA-1]. */
export const maxImagePixels = 25_000_000;
/**
 * Most pixels of an image that is decoded, counted at 8 bits a channel without transparency: our client's own never exceed it. The
 * decoder takes up to 17 bytes a pixel beside the file, and an isolate of 128 MB keeps its memory from then on (bench/README.md).
 */
export const maxDecodePixels = 2_048 * 2_048;
/** Longest side of a thumbnail [MEDIA-2]. */
export const thumbnailSidePx = 300;
/** The client scales every picture down to this before sending it. */
export const maxSentImageSidePx = 2_048;
/** Longest life of a media URL [EXP-7]. */
export const maxMediaUrlSeconds = 300;
/** An upload nobody sent is erased after this [MEDIA-3]. */
export const unattachedMediaMs = 60 * 60 * 1000;
/** Media a link call answers for at once. */
export const maxMediaIdsPerCall = 50;

/** Clients ping this often: visible, hidden [SOCK-5]. */
export const pingVisibleMs = 25_000;
export const pingHiddenMs = 120_000;
/** Without a pong for this long the client reconnects [SOCK-5]. */
export const pongTimeoutMs = 10_000;
