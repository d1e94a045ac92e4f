import { Int32, Long } from "bson";
import { type Document } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";
import { TERM } from "../storage/oplog-entry";
import { secondsOf, toTimestamp } from "../storage/timestamp";
import type { Command, Need } from "./command";

const onCluster = (action: string) => (): Need[] => [{ target: "cluster", action }];

function optime(ctx: CommandContext): { ts: ReturnType<typeof toTimestamp>; t: Long } {
  return { ts: toTimestamp(ctx.server.store.lastTime), t: Long.fromNumber(TERM) };
}

function replSetGetStatus(ctx: CommandContext): Document {
  const { server } = ctx;
  const now = server.clock.now();
  const at = optime(ctx);
  const wall = new Date(secondsOf(server.store.lastTime) * 1000);
  const uptime = Math.floor((now.getTime() - server.startedAt.getTime()) / 1000);
  return {
    set: server.config.replicaSetName,
    date: now,
    myState: new Int32(1),
    term: Long.fromNumber(TERM),
    syncSourceHost: "",
    syncSourceId: -1,
    heartbeatIntervalMillis: Long.fromNumber(2000),
    majorityVoteCount: 1,
    writeMajorityCount: 1,
    votingMembersCount: 1,
    writableVotingMembersCount: 1,
    optimes: {
      lastCommittedOpTime: at,
      lastCommittedWallTime: wall,
      readConcernMajorityOpTime: at,
      appliedOpTime: at,
      durableOpTime: at,
      writtenOpTime: at,
      lastAppliedWallTime: wall,
      lastDurableWallTime: wall,
      lastWrittenWallTime: wall,
    },
    lastStableRecoveryTimestamp: at.ts,
    members: [
      {
        _id: 0,
        name: server.address,
        health: 1,
        state: 1,
        stateStr: "PRIMARY",
        uptime,
        optime: at,
        optimeDate: wall,
        lastAppliedWallTime: wall,
        lastDurableWallTime: wall,
        syncSourceHost: "",
        syncSourceId: -1,
        infoMessage: "",
        electionTime: toTimestamp(1n << 32n),
        electionDate: server.startedAt,
        configVersion: 1,
        configTerm: TERM,
        self: true,
        lastHeartbeatMessage: "",
      },
    ],
  };
}

function replSetGetConfig(ctx: CommandContext): Document {
  const { server } = ctx;
  return {
    config: {
      _id: server.config.replicaSetName,
      version: 1,
      term: TERM,
      members: [
        {
          _id: 0,
          host: server.address,
          arbiterOnly: false,
          buildIndexes: true,
          hidden: false,
          priority: 1,
          tags: {},
          secondaryDelaySecs: Long.fromNumber(0),
          votes: 1,
        },
      ],
      protocolVersion: Long.fromNumber(1),
      writeConcernMajorityJournalDefault: true,
      settings: {
        chainingAllowed: true,
        heartbeatIntervalMillis: 2000,
        heartbeatTimeoutSecs: 10,
        electionTimeoutMillis: 10_000,
        catchUpTimeoutMillis: -1,
        catchUpTakeoverDelayMillis: 30_000,
        getLastErrorModes: {},
        getLastErrorDefaults: { w: 1, wtimeout: 0 },
        replicaSetId: server.replicaSetId,
      },
    },
  };
}

function getDefaultRWConcern(ctx: CommandContext): Document {
  return {
    defaultReadConcern: { level: "local" },
    defaultWriteConcern: { w: "majority", wtimeout: 0 },
    defaultWriteConcernSource: "implicit",
    defaultReadConcernSource: "implicit",
    localUpdateWallClockTime: ctx.server.startedAt,
  };
}

export const replicationCommands: readonly Command[] = [
  {
    name: "replSetGetStatus",
    needs: onCluster("replSetGetStatus"),
    adminOnly: true,
    fields: ["initialSync"],
    run: replSetGetStatus,
  },
  {
    name: "replSetGetConfig",
    needs: onCluster("replSetGetConfig"),
    adminOnly: true,
    fields: ["commitmentStatus"],
    run: replSetGetConfig,
  },
  {
    name: "replSetGetRBID",
    needs: onCluster("replSetGetStatus"),
    adminOnly: true,
    fields: [],
    run: () => ({ rbid: 1 }),
  },
  {
    name: "getDefaultRWConcern",
    needs: onCluster("getDefaultRWConcern"),
    adminOnly: true,
    fields: ["inMemory"],
    run: getDefaultRWConcern,
  },
];
