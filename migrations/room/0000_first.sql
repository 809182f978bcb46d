CREATE TABLE `cursors` (
	`chunk` integer PRIMARY KEY NOT NULL,
	`packed` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `ended_sessions` (
	`sid` text PRIMARY KEY NOT NULL,
	`ended_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `jobs` (
	`kind` text NOT NULL,
	`key` text NOT NULL,
	`due` integer NOT NULL,
	`tries` integer NOT NULL,
	`generation` integer NOT NULL,
	PRIMARY KEY(`kind`, `key`)
);
--> statement-breakpoint
CREATE TABLE `media` (
	`id` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`view_once` integer NOT NULL,
	`facts` text,
	`seq` integer,
	`due` integer
);
--> statement-breakpoint
CREATE INDEX `media_due` ON `media` (`due`) WHERE due IS NOT NULL;--> statement-breakpoint
CREATE TABLE `members` (
	`n` integer PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`role` text NOT NULL,
	`joined_at` integer NOT NULL,
	`joined_seq` integer NOT NULL,
	`joined_rev` integer NOT NULL,
	`left_rev` integer,
	`rev` integer NOT NULL,
	`username` text NOT NULL,
	`display_name` text NOT NULL,
	`avatar_url` text,
	`profile_version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `members_present` ON `members` (`user_id`) WHERE left_rev IS NULL;--> statement-breakpoint
CREATE TABLE `messages` (
	`seq` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`sender` integer NOT NULL,
	`rev0` integer NOT NULL,
	`changed` integer,
	`type` text NOT NULL,
	`body_format` integer NOT NULL,
	`body` blob,
	`media_id` text,
	`reply_to` text,
	`created_at` integer NOT NULL,
	`expire_mode` text NOT NULL,
	`send_seconds` integer,
	`read_seconds` integer,
	`ends_at` integer,
	`max_views` integer NOT NULL,
	`edited_at` integer,
	`edits` integer NOT NULL,
	`reactions` text,
	`deleted_at` integer,
	`deleted_reason` text,
	`deleted_by` integer,
	`undone` integer NOT NULL,
	`erased_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_id` ON `messages` (`id`);--> statement-breakpoint
CREATE INDEX `messages_changed` ON `messages` (`changed`) WHERE changed IS NOT NULL;--> statement-breakpoint
CREATE INDEX `messages_ends` ON `messages` (`ends_at`) WHERE ends_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `read_marks` (
	`n` integer NOT NULL,
	`up_to` integer NOT NULL,
	`after_seq` integer NOT NULL,
	`at` integer NOT NULL,
	`rev` integer NOT NULL,
	`next_due` integer,
	PRIMARY KEY(`n`, `up_to`)
);
--> statement-breakpoint
CREATE INDEX `read_marks_due` ON `read_marks` (`next_due`) WHERE next_due IS NOT NULL;--> statement-breakpoint
CREATE TABLE `room` (
	`k` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`epoch` text NOT NULL,
	`is_group` integer NOT NULL,
	`name` text,
	`created_at` integer NOT NULL,
	`policy_seconds` integer,
	`policy_mode` text NOT NULL,
	`policy_version` integer NOT NULL,
	`policy_changed_by` text,
	`policy_changed_at` integer NOT NULL,
	`rev_floor` integer NOT NULL,
	`seq_floor` integer NOT NULL,
	`purged_rev` integer NOT NULL,
	`fanned_rev` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `views` (
	`seq` integer NOT NULL,
	`n` integer NOT NULL,
	`state` text NOT NULL,
	`sid` text NOT NULL,
	`lease` text,
	`due` integer,
	`served_at` integer,
	`views` integer NOT NULL,
	`first_viewed_at` integer,
	PRIMARY KEY(`seq`, `n`)
);
--> statement-breakpoint
CREATE INDEX `views_due` ON `views` (`due`) WHERE due IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `views_lease` ON `views` (`lease`) WHERE lease IS NOT NULL;