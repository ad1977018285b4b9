// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// The data path: exclusivity of a class's stored properties is proven by ownership (one thread per
/// queue), and its dynamic check costs more than the work it guards.
let hotSettings = settings + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

/// A static position-independent executable: no dynamic loader, no file opened at start.
let staticExecutable: [LinkerSetting] = [
    .unsafeFlags(
        ["-static-executable", "-use-ld=lld", "-Xclang-linker", "-static-pie"], .when(configuration: .release))
]

/// The lab's agent runs before there is any library to load, in debug builds too.
let staticAgent: [LinkerSetting] = [.unsafeFlags(["-static-executable", "-use-ld=lld"])]

/// The archives of the compression libraries: the programs depend on no shared one.
let compression: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "-l:libz.a", "-Xlinker", "-l:libzstd.a"])
]

/// The archives of OpenSSL, in the order that the linker needs.
let security: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "-l:libssl.a", "-Xlinker", "-l:libcrypto.a"])
]

func library(_ name: String, _ dependencies: [Target.Dependency] = [], hot: Bool = false) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: hot ? hotSettings : settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "apus",
    products: [
        .executable(name: "apus", targets: ["apus"]),
        .executable(name: "apus-vmm", targets: ["apus-vmm"]),
        .executable(name: "apus-image", targets: ["apus-image"]),
        .executable(name: "apus-lab-agent", targets: ["apus-lab-agent"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        .target(name: "CMachine"),
        .target(name: "CLab"),
        library("Host", ["CMachine"], hot: true),
        .systemLibrary(name: "CCompression", providers: [.apt(["zlib1g-dev", "libzstd-dev"])]),
        .target(
            name: "DiskImage", dependencies: ["Host", "CMachine", "CCompression"], swiftSettings: hotSettings,
            linkerSettings: compression),
        library("Board"),
        library("JSON"),
        library("QMP", ["JSON"]),
        library("Configuration", ["JSON"]),
        library("Machine", ["Board", "DiskImage", "Host", "CMachine", "Configuration"], hot: true),
        library("Monitor", ["QMP", "Machine", "Host"]),
        library("MachineTesting", ["Machine", "Board", "Configuration", "DiskImage", "Host", "CMachine"]),
        .executableTarget(
            name: "apus-harness", dependencies: ["Machine", "MachineTesting", "DiskImage", "Host", "CMachine"],
            path: "Benchmarks/Harness", swiftSettings: settings, linkerSettings: staticExecutable),
        .executableTarget(
            name: "apus-vmm",
            dependencies: ["Monitor", "QMP", "Machine", "Board", "DiskImage", "Host", "CMachine", "Configuration"],
            swiftSettings: settings, linkerSettings: staticExecutable),
        .executableTarget(
            name: "apus-fuzz",
            dependencies: [
                "Board", "CMachine", "Configuration", "DiskImage", "GuestAgent", "Host", "JSON", "Machine",
                "MachineTesting", "NBD", "QMP",
            ],
            path: "Fuzz", exclude: ["corpus", "run"], swiftSettings: settings),
        library("NBD", ["DiskImage", "Host", "CMachine"], hot: true),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .target(
            name: "SecureStream", dependencies: ["Host", "COpenSSL"], swiftSettings: settings, linkerSettings: security),
        library("ImageTool", ["DiskImage", "Host", "JSON", "NBD", "SecureStream", "CMachine"]),
        .executableTarget(
            name: "apus-image",
            dependencies: ["ImageTool", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: settings, linkerSettings: staticExecutable),
        library("Launcher", ["Board", "Configuration", "DiskImage", "GuestKit", "Lab", "LabWire", "Host", "CMachine"]),
        library("GuestKit", ["Host", "CMachine"]),
        library("GuestAgent", ["GuestKit", "Host", "JSON", "CMachine"]),
        library("LabWire"),
        library("Lab", ["GuestKit", "LabWire", "Host", "CMachine"]),
        .executableTarget(
            name: "apus-lab-agent", dependencies: ["LabWire", "Host", "CLab", "CMachine"], swiftSettings: settings,
            linkerSettings: staticAgent),
        library("Doctor", ["GuestKit", "Host", "JSON", "CMachine"]),
        .executableTarget(
            name: "apus",
            dependencies: [
                "Configuration", "Doctor", "GuestAgent", "GuestKit", "Lab", "Launcher",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        tests("HostTests", ["Host", "CMachine"]),
        tests("DiskImageTests", ["DiskImage", "MachineTesting", "Host", "CMachine"]),
        tests("NBDTests", ["NBD", "DiskImage", "Host", "CMachine"]),
        tests("ImageToolTests", ["ImageTool", "apus-image", "DiskImage", "GuestKit", "Host", "JSON"]),
        .testTarget(
            name: "BoardTests", dependencies: ["Board"], exclude: ["Golden"], swiftSettings: settings),
        tests("JSONTests", ["JSON"]),
        tests("QMPTests", ["QMP", "JSON"]),
        tests("ConfigurationTests", ["Configuration", "JSON"]),
        tests(
            "MachineTests", ["Machine", "MachineTesting", "Board", "Configuration", "DiskImage", "Host", "CMachine"]),
        tests("MachineProcessTests", ["apus-vmm", "Machine", "MachineTesting", "Host", "CMachine"]),
        tests("MonitorTests", ["Monitor", "QMP", "JSON", "Host", "CMachine"]),
        tests("LauncherTests", ["Launcher", "Configuration", "DiskImage", "GuestKit", "Host", "CMachine"]),
        tests("DoctorTests", ["Doctor", "JSON"]),
        tests("GuestAgentTests", ["GuestAgent", "Host", "JSON", "CMachine"]),
        tests("GuestKitTests", ["GuestKit"]),
        tests("FuzzTests", []),
        .testTarget(
            name: "EndToEndTests", dependencies: ["GuestKit", "JSON", "Host"], path: "Tests/EndToEnd",
            exclude: ["scenarios"], swiftSettings: settings),
        tests("LabTests", ["Lab", "GuestKit", "LabWire", "Host", "CMachine"]),
    ]
)
